data "aws_caller_identity" "this" {}

resource "aws_iam_role" "labeling" {
  name = "labeling"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "sagemaker.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Administer"
    effect    = "Allow"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.this.account_id}:root"]
    }
  }

  statement {
    sid       = "Use"
    effect    = "Allow"
    actions   = ["kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.labeling.arn]
    }
  }
}

resource "aws_kms_key" "scans" {
  description         = "Scans"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}
