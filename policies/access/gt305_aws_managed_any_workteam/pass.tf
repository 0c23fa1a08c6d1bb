resource "aws_iam_role_policy_attachment" "this" {
  role       = "labeling"
  policy_arn = aws_iam_policy.own.arn
}

resource "aws_iam_policy" "own" {
  name = "own"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::hospital-scans/*" }]
  })
}
