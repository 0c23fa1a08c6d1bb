resource "aws_s3_bucket" "logs" {
  bucket = "hospital-logs"
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {
      prefix = ""
    }

    expiration {
      days = 365
    }
  }
}

resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = aws_s3_bucket.logs.id
}
