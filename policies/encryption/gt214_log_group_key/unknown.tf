resource "aws_cloudwatch_log_group" "this" {
  name       = "/aws/sagemaker/LabelingJobs"
  kms_key_id = var.key_arn
}

variable "key_arn" {
  type = string
}
