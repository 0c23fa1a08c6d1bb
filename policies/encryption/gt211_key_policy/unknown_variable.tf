variable "principal_arn" {
  type = string
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Use"
    effect    = "Allow"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [var.principal_arn]
    }
  }
}

resource "aws_kms_key" "scans" {
  description         = "Scans"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}
