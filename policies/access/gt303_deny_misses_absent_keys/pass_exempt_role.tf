data "aws_iam_policy_document" "guardrail" {
  statement {
    effect    = "Deny"
    actions   = ["sagemaker:CreateLabelingJob"]
    resources = ["*"]

    condition {
      test     = "ArnNotLikeIfExists"
      variable = "sagemaker:WorkteamArn"
      values   = ["arn:aws:sagemaker:*:111122223333:workteam/private-crowd/*"]
    }

    condition {
      test     = "ArnNotLike"
      variable = "aws:PrincipalArn"
      values   = ["arn:aws:iam::111122223333:role/platform-administrator"]
    }
  }
}

resource "aws_iam_policy" "guardrail" {
  name   = "guardrail"
  policy = data.aws_iam_policy_document.guardrail.json
}
