resource "aws_organizations_policy" "this" {
  name = "labeling"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Deny", Action = "sagemaker:CreateLabelingJob", Resource = "*", Condition = { Null = { "sagemaker:OutputKmsKeyArn" = "true" }, StringNotEquals = { "sagemaker:OutputKmsKey" = local.key } } },
      { Effect = "Deny", Action = "sagemaker:CreateLabelingJob", Resource = "*", Condition = { Null = { "sagemaker:OutputKmsKeyArn" = "false" }, StringNotEquals = { "sagemaker:OutputKmsKeyArn" = local.key } } },
    ]
  })
}

locals {
  key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}
