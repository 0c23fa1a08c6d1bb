data "aws_caller_identity" "this" {}

resource "aws_kms_key" "scans" {
  description         = "Scans"
  enable_key_rotation = true
}

resource "aws_kms_key_policy" "scans" {
  key_id = aws_kms_key.scans.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Effect       = "Allow"
        NotPrincipal = { AWS = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:role/guest" }
        Action       = "kms:Decrypt"
        Resource     = "*"
      },
    ]
  })
}
