# Not planned: the sandbox has no aliases of AWS managed keys to look up.
resource "aws_sns_topic" "this" {
  name              = "labeling-work"
  kms_master_key_id = data.aws_kms_alias.sns.target_key_arn
}

data "aws_kms_alias" "sns" {
  name = "alias/aws/sns"
}
