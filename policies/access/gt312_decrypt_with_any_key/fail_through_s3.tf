resource "aws_iam_policy" "this" {
  name = "labeling"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["kms:*"], Resource = "arn:aws:kms:*:*:key/*", Condition = { StringEquals = { "kms:ViaService" = "s3.us-east-1.amazonaws.com" } } },
    ]
  })
}
