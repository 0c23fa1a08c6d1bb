resource "aws_cloudtrail" "this" {
  name           = "labeling-trail"
  s3_bucket_name = "hospital-logs"
  kms_key_id     = aws_kms_alias.logs.target_key_arn
}

resource "aws_kms_key" "logs" {
  description         = "Logs"
  enable_key_rotation = true
}

resource "aws_kms_alias" "logs" {
  name          = "alias/hospital-logs"
  target_key_id = aws_kms_key.logs.key_id
}
