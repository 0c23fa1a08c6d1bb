resource "aws_s3_bucket" "logs" {
  bucket = "hospital-logs"
}

resource "aws_s3_bucket_object_lock_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = 2192
    }
  }
}

resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = aws_s3_bucket.logs.id
}
