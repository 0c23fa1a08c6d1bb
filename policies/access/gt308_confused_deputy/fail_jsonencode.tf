resource "aws_iam_role" "this" {
  name = "labeling"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = ["lambda.amazonaws.com", "sagemaker.amazonaws.com"] }
        Action    = "sts:AssumeRole"
        Condition = { StringLike = { "aws:SourceAccount" = "*" } }
      },
    ]
  })
}
