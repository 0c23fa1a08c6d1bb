resource "aws_cloudwatch_event_rule" "not_private" {
  name = "labeling-job-not-private"
  event_pattern = jsonencode({
    source      = ["aws.sagemaker"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      eventName         = ["CreateLabelingJob"]
      requestParameters = { humanTaskConfig = { workteamArn = [{ "anything-but" = { prefix = "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/" } }] } }
    }
  })
}

resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  cognito_config {
    client_id = "1example23456789"
    user_pool = "us-east-1_Example12"
  }
}
