data "aws_iam_policy_document" "all_but" {
  statement {
    not_actions = ["iam:*"]
    resources   = ["*"]
  }
}

resource "aws_iam_policy" "all_but" {
  name   = "all-but-iam"
  policy = data.aws_iam_policy_document.all_but.json
}
