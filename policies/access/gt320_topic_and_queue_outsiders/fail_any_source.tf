resource "aws_sns_topic_policy" "work" {
  arn = "arn:aws:sns:us-east-1:111122223333:labeling-work"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = ["sns:Publish", "sns:Subscribe"]
      Resource  = "arn:aws:sns:us-east-1:111122223333:labeling-work"
      Condition = { ArnLike = { "aws:SourceArn" = "arn:aws:sagemaker:*:*:workteam/*" } }
    }]
  })
}
