resource "aws_cloudwatch_log_group" "this" {
  name = each.value

  for_each          = toset(["/aws/sagemaker/LabelingJobs"])
  retention_in_days = 1827
}
