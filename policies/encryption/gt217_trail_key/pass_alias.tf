resource "aws_cloudtrail" "this" {
  name           = "labeling-trail"
  s3_bucket_name = "hospital-logs"
  kms_key_id     = data.aws_kms_alias.logs.target_key_arn
}

data "aws_kms_alias" "logs" {
  name = "alias/hospital-logs"
}
