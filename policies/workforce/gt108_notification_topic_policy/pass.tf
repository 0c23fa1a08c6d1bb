data "aws_caller_identity" "this" {}

resource "aws_sns_topic" "work" {
  name = "labeling-work"
}

data "aws_iam_policy_document" "work" {
  statement {
    sid       = "GroundTruthPublishes"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.work.arn]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:aws:sagemaker:us-east-1:${data.aws_caller_identity.this.account_id}:workteam/*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "work" {
  arn    = aws_sns_topic.work.arn
  policy = data.aws_iam_policy_document.work.json
}

resource "aws_sagemaker_workteam" "radiology" {
  workteam_name  = "radiology"
  workforce_name = "hospital"
  description    = "Radiologists of the hospital"

  member_definition {
    cognito_member_definition {
      client_id  = "1example23456789"
      user_pool  = "us-east-1_Example12"
      user_group = "radiology"
    }
  }

  notification_configuration {
    notification_topic_arn = aws_sns_topic.work.arn
  }
}
