resource "aws_iam_policy" "launch" {
  name = "launch"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sagemaker:CreateLabelingJob"
      Resource  = "*"
      Condition = { StringEquals = { "sagemaker:WorkteamType" = ["private-crowd", "public-crowd"] } }
    }]
  })
}
