locals {
  public = "arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default"
}

resource "aws_ssm_parameter" "team" {
  name  = "/labeling/team"
  type  = "String"
  value = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
}

# Who refuses it has to name it.
resource "aws_iam_policy" "refuse" {
  name = "refuse"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Action    = "sagemaker:CreateLabelingJob"
      Resource  = "*"
      Condition = { ArnEquals = { "sagemaker:WorkteamArn" = local.public } }
    }]
  })
}

data "aws_iam_policy_document" "refuse" {
  statement {
    effect    = "Deny"
    actions   = ["sagemaker:CreateLabelingJob"]
    resources = ["*"]

    condition {
      test     = "ArnEquals"
      variable = "sagemaker:WorkteamArn"
      values   = [local.public]
    }
  }
}

# So has who raises the alarm.
resource "aws_cloudwatch_event_rule" "public_job" {
  name = "public-job"
  event_pattern = jsonencode({
    source = ["aws.sagemaker"]
    detail = { requestParameters = { humanTaskConfig = { workteamArn = [local.public] } } }
  })
}
