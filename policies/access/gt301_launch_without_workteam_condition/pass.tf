data "aws_caller_identity" "this" {}

data "aws_iam_policy_document" "launch" {
  statement {
    sid       = "Launch"
    actions   = ["sagemaker:CreateLabelingJob", "sagemaker:CreateFlowDefinition"]
    resources = ["*"]

    condition {
      test     = "ArnLike"
      variable = "sagemaker:WorkteamArn"
      values   = ["arn:aws:sagemaker:*:${data.aws_caller_identity.this.account_id}:workteam/private-crowd/*"]
    }
  }
}

resource "aws_iam_policy" "launch" {
  name   = "launch"
  policy = data.aws_iam_policy_document.launch.json
}
