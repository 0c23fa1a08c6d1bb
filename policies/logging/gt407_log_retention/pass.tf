locals {
  six_years = 2192
}

resource "aws_cloudwatch_log_group" "this" {
  name = "/aws/sagemaker/LabelingJobs"

  retention_in_days = local.six_years
}
