# What a boundary allows is only the most that other policies can grant.
resource "aws_iam_policy" "boundary" {
  name = "boundary"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "kms:Decrypt"], Resource = "*" }]
  })
}

resource "aws_iam_role" "labeling" {
  name                 = "labeling"
  permissions_boundary = aws_iam_policy.boundary.arn
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "sagemaker.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_policy" "labeling" {
  name = "labeling"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::hospital-scans/*" }]
  })
}

# Attached, it grants what it allows.
resource "aws_iam_role_policy_attachment" "labeling" {
  role       = aws_iam_role.labeling.name
  policy_arn = aws_iam_policy.boundary.arn
}
