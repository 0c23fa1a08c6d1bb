resource "aws_cloudtrail" "this" {
  name           = "labeling-trail"
  s3_bucket_name = "hospital-logs"
  kms_key_id     = aws_kms_key.logs.arn
}

resource "aws_kms_key" "logs" {
  description         = "Logs"
  enable_key_rotation = true
}
