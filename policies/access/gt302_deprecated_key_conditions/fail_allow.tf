data "aws_iam_policy_document" "launch" {
  statement {
    actions   = ["sagemaker:CreateLabelingJob"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "Sagemaker:volumekmskey"
      values   = [aws_kms_key.labels.arn]
    }
  }

  # A Deny with the new key replaces no Allow with the old one.
  statement {
    effect    = "Deny"
    actions   = ["sagemaker:*"]
    resources = ["*"]

    condition {
      test     = "Null"
      variable = "sagemaker:VolumeKmsKeyArn"
      values   = ["true"]
    }
  }
}

resource "aws_iam_policy" "launch" {
  name   = "launch"
  policy = data.aws_iam_policy_document.launch.json
}

resource "aws_kms_key" "labels" {
  description         = "Labels"
  enable_key_rotation = true
}
