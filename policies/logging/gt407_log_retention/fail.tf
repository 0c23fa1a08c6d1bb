resource "aws_cloudwatch_log_group" "this" {
  name = "/aws/sagemaker/groundtruth/WorkerActivity"

  retention_in_days = 365
}
