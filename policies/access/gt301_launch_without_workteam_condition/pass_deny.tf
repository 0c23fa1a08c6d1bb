resource "aws_iam_policy" "administrator" {
  name = "administrator"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "*", Resource = "*" },
      {
        Effect    = "Deny"
        Action    = ["sagemaker:CreateLabelingJob", "sagemaker:CreateFlowDefinition"]
        Resource  = "*"
        Condition = { StringNotEquals = { "sagemaker:WorkteamType" = "private-crowd" } }
      },
    ]
  })
}
