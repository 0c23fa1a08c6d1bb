# A job of a private team that names no key is denied by neither.
resource "aws_iam_policy" "this" {
  name = "labeling"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Deny", Action = ["sagemaker:CreateLabelingJob", "sagemaker:CreateFlowDefinition"], Resource = "*", Condition = { StringNotEquals = { "sagemaker:WorkteamType" = "private-crowd" } } },
      { Effect = "Deny", Action = "sagemaker:CreateLabelingJob", Resource = "*", Condition = { Null = { "sagemaker:OutputKmsKeyArn" = "false" }, StringNotEquals = { "sagemaker:OutputKmsKeyArn" = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab" } } },
    ]
  })
}
