resource "aws_iam_policy" "this" {
  name = "labeling"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Deny", Action = "sagemaker:CreateLabelingJob", Resource = "*", Condition = { StringNotEquals = { "sagemaker:WorkteamType" = "private-crowd" } } },
      { Effect = "Deny", Action = ["sagemaker:CreateFlowDefinition"], Resource = "*", Condition = { StringEquals = { "sagemaker:WorkteamType" = ["public-crowd", "vendor-crowd"] } } },
    ]
  })
}
