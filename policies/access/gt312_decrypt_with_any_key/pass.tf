resource "aws_kms_key" "scans" {
  description         = "Scans"
  enable_key_rotation = true
}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.scans.arn]
  }

  statement {
    actions   = ["kms:DescribeKey", "kms:ListAliases"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "read" {
  name   = "read"
  policy = data.aws_iam_policy_document.read.json
}
