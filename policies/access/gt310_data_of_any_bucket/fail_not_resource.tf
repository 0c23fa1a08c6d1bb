resource "aws_iam_group_policy" "write" {
  name  = "write"
  group = "stewards"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect      = "Allow"
      Action      = "s3:PutObject"
      NotResource = "arn:aws:s3:::hospital-logs/*"
    }]
  })
}
