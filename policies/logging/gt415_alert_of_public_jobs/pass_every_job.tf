resource "aws_cloudwatch_event_rule" "not_private" {
  name = "labeling-job-not-private"
  event_pattern = jsonencode({
    source      = ["aws.sagemaker"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail      = { eventName = ["CreateLabelingJob", "CreateFlowDefinition"] }
  })
}

resource "aws_cloudwatch_event_target" "not_private" {
  rule = aws_cloudwatch_event_rule.not_private.name
  arn  = "arn:aws:sns:us-east-1:111122223333:alerts"
}

resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  cognito_config {
    client_id = "1example23456789"
    user_pool = "us-east-1_Example12"
  }
}
