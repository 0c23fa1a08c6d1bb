output "bucket_names" {
  description = "Name of each bucket: scans, labels, logs."
  value       = { for purpose, bucket in aws_s3_bucket.this : purpose => bucket.id }

  # Whoever writes to a bucket by this name finds it closed and encrypted.
  depends_on = [
    aws_s3_bucket_policy.this,
    aws_s3_bucket_public_access_block.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_server_side_encryption_configuration.logs,
  ]
}

output "bucket_arns" {
  description = "ARN of each bucket: scans, labels, logs."
  value       = { for purpose, bucket in aws_s3_bucket.this : purpose => bucket.arn }
}

output "cloudtrail_prefix" {
  description = "Where the logs bucket lets the trail write: the prefix to give the trail."
  value       = "cloudtrail"
}

output "replication_role_arn" {
  description = "ARN of the role with which S3 replicates, for the key policies; null where nothing is replicated."
  value       = one(aws_iam_role.replication[*].arn)
}
