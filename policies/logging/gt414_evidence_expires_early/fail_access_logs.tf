resource "aws_s3_bucket" "logs" {
  bucket = "hospital-logs"
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {
      prefix = "s3/"
    }

    expiration {
      days = 90
    }
  }
}

resource "aws_s3_bucket_logging" "scans" {
  bucket        = "hospital-scans"
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/scans/"
}
