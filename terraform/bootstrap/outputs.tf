output "bucket_name" {
  description = "Name of the bucket that keeps the states."
  value       = aws_s3_bucket.state.id
}

output "kms_key_arn" {
  description = "Key of the bucket."
  value       = aws_kms_key.state.arn
}

output "backend_hcl" {
  description = "For each environment the settings of the S3 backend: write them to a file and give it to --backend-config."
  value = {
    for name in var.environments : name => <<-EOT
      bucket       = "${aws_s3_bucket.state.id}"
      key          = "${var.name_prefix}/${name}/terraform.tfstate"
      region       = "${var.region}"
      encrypt      = true
      kms_key_id   = "${aws_kms_key.state.arn}"
      use_lockfile = true
    EOT
  }

  # Whoever takes these settings finds the bucket closed.
  depends_on = [
    aws_s3_bucket_policy.state,
    aws_s3_bucket_public_access_block.state,
    aws_s3_bucket_server_side_encryption_configuration.state,
    aws_s3_bucket_versioning.state,
  ]
}
