resource "aws_iam_role_policy" "this" {
  name = "labeling"
  role = "labeling"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::hospital-scans/*" },
    ]
  })
}
