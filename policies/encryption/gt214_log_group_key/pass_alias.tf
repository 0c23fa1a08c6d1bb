resource "aws_cloudwatch_log_group" "this" {
  name       = "/aws/sagemaker/LabelingJobs"
  kms_key_id = data.aws_kms_alias.logs.target_key_arn
}

data "aws_kms_alias" "logs" {
  name = "alias/hospital-logs"
}
