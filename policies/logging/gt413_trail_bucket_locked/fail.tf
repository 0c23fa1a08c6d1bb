resource "aws_s3_bucket" "logs" {
  bucket = "hospital-logs"
}

resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = aws_s3_bucket.logs.id
}
