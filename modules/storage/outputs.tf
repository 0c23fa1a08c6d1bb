output "bucket_names" {
  description = "Name of each bucket: scans, labels, logs."
  value       = { for purpose, bucket in aws_s3_bucket.this : purpose => bucket.id }

  # Whoever writes to a bucket by this name finds it closed and encrypted.
  depends_on = [
    aws_s3_bucket_policy.this,
    aws_s3_bucket_public_access_block.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
  ]
}

output "bucket_arns" {
  description = "ARN of each bucket: scans, labels, logs."
  value       = { for purpose, bucket in aws_s3_bucket.this : purpose => bucket.arn }
}
