resource "aws_s3_bucket" "logs" {
  bucket = "hospital-logs"
}

resource "aws_s3_bucket_object_lock_configuration" "logs" {
  bucket = aws_s3_bucket.scans.id

  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = 2192
    }
  }
}

resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}


resource "aws_s3_bucket_logging" "scans" {
  bucket        = aws_s3_bucket.scans.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/scans/"
}
