resource "aws_iam_policy" "this" {
  name = "labeling"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Deny", Action = "sagemaker:CreateLabelingJob", Resource = "*", Condition = { StringNotEquals = { "sagemaker:OutputKmsKeyArn" = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab" } } },
    ]
  })
}
