resource "aws_cloudtrail" "this" {
  name           = "labeling-trail"
  s3_bucket_name = "hospital-logs"
  kms_key_id     = var.key_arn
}

variable "key_arn" {
  type = string
}
