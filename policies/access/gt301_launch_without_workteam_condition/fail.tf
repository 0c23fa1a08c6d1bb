data "aws_iam_policy_document" "launch" {
  statement {
    sid       = "Launch"
    actions   = ["sagemaker:CreateLabelingJob"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = ["us-east-1"]
    }
  }
}

resource "aws_iam_policy" "launch" {
  name   = "launch"
  policy = data.aws_iam_policy_document.launch.json
}
