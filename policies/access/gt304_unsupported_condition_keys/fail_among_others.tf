data "aws_iam_policy_document" "launch" {
  statement {
    actions   = ["sagemaker:CreateLabelingJob"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "sagemaker:WorkteamType"
      values   = ["private-crowd"]
    }

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "sagemaker:VpcSecurityGroupIds"
      values   = ["sg-0123456789abcdef0"]
    }
  }
}

resource "aws_iam_policy" "launch" {
  name   = "launch"
  policy = data.aws_iam_policy_document.launch.json
}
