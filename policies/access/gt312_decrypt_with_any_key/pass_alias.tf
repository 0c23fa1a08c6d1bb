resource "aws_iam_policy" "this" {
  name = "labeling"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["kms:Decrypt"], Resource = "arn:aws:kms:us-east-1:111122223333:key/*", Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/scans" } } },
    ]
  })
}
