resource "aws_cloudwatch_log_group" "this" {
  name       = "/aws/sagemaker/LabelingJobs"
  kms_key_id = aws_kms_alias.logs.target_key_arn
}

resource "aws_kms_key" "logs" {
  description         = "Logs"
  enable_key_rotation = true
}

resource "aws_kms_alias" "logs" {
  name          = "alias/hospital-logs"
  target_key_id = aws_kms_key.logs.key_id
}
