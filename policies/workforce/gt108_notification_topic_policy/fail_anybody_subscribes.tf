data "aws_caller_identity" "this" {}

resource "aws_sns_topic" "work" {
  name = "labeling-work"
}

resource "aws_sns_topic_policy" "work" {
  arn = aws_sns_topic.work.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sagemaker.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.this.account_id } }
      }, {
      Effect    = "Allow"
      Principal = "*"
      Action    = "sns:Subscribe"
      Resource  = "*"
    }]
  })
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
