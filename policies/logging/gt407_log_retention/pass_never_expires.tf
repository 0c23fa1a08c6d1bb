resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/resize"
  retention_in_days = 14
}

resource "aws_cloudwatch_log_group" "this" {
  name = "/aws/sagemaker/LabelingJobs"

  retention_in_days = 0
}
