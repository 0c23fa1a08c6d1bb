data "aws_caller_identity" "this" {}

data "aws_iam_policy_document" "launch" {
  statement {
    actions   = ["iam:Pass*"]
    resources = ["arn:aws:iam::${data.aws_caller_identity.this.account_id}:role/*"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }
}

resource "aws_iam_policy" "launch" {
  name   = "launch"
  policy = data.aws_iam_policy_document.launch.json
}
