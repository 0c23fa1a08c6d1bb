resource "aws_organizations_policy" "this" {
  name = "labeling"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Deny", Action = "sagemaker:CreateLabelingJob", Resource = "*", Condition = { Null = { "sagemaker:OutputKmsKey" = "true" } } },
    ]
  })
}
