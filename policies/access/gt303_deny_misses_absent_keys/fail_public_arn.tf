data "aws_iam_policy_document" "guardrail" {
  statement {
    effect    = "Deny"
    actions   = ["sagemaker:Create*"]
    resources = ["*"]

    condition {
      test     = "ArnLike"
      variable = "sagemaker:WorkteamArn"
      values   = ["arn:aws:sagemaker:*:*:workteam/public-crowd/*"]
    }
  }
}

resource "aws_iam_policy" "guardrail" {
  name   = "guardrail"
  policy = data.aws_iam_policy_document.guardrail.json
}
