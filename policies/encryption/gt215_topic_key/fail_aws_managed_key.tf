resource "aws_sns_topic" "this" {
  name              = "labeling-work"
  kms_master_key_id = "alias/aws/sns"
}
