resource "aws_iam_policy" "boundary" {
  name = "boundary"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["sagemaker:*", "s3:*"], Resource = "*" },
      { Effect = "Deny", Action = "sagemaker:CreateFlowDefinition", Resource = "*" },
      {
        Effect    = "Deny"
        Action    = "sagemaker:CreateLabelingJob"
        Resource  = "*"
        Condition = { StringNotLike = { "sagemaker:WorkteamArn" = "arn:aws:sagemaker:*:111122223333:workteam/private-crowd/*" } }
      },
    ]
  })
}
