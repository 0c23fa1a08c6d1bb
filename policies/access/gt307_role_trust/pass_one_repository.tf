data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"]
    }

    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:hospital/labeling:*"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = "labeling"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
