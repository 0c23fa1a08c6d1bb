resource "aws_sqs_queue" "this" {
  name              = "labeling-undelivered"
  kms_master_key_id = data.aws_kms_alias.logs.target_key_arn
}

data "aws_kms_alias" "logs" {
  name = "alias/hospital-logs"
}
