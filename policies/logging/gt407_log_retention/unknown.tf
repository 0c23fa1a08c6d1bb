variable "choice" {
  type = number
}

resource "aws_cloudwatch_log_group" "this" {
  name = "/aws/sagemaker/LabelingJobs"

  retention_in_days = var.choice
}
