resource "aws_iam_policy" "this" {
  name = "labeling"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "aws-marketplace:*", Resource = "*" },
      { Effect = "Deny", Action = "aws-marketplace:*", Resource = "*", Condition = { ArnEquals = { "aws:PrincipalArn" = "arn:aws:iam::111122223333:role/labeling-execution" } } },
    ]
  })
}
