resource "aws_sns_topic" "this" {
  name              = "labeling-work"
  kms_master_key_id = data.aws_kms_alias.logs.target_key_arn
}

data "aws_kms_alias" "logs" {
  name = "alias/hospital-logs"
}
