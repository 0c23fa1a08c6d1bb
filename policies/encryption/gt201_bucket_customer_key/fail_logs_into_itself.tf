resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "scans" {
  bucket = aws_s3_bucket.scans.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_logging" "scans" {
  bucket        = aws_s3_bucket.scans.id
  target_bucket = aws_s3_bucket.scans.id
  target_prefix = "logs/"
}
