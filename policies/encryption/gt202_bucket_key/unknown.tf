resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_kms_key" "scans" {
  description         = "Scans"
  enable_key_rotation = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "scans" {
  bucket = aws_s3_bucket.scans.id

  rule {
    bucket_key_enabled = var.bucket_key

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.scans.arn
    }
  }
}

variable "bucket_key" {
  type = bool
}
