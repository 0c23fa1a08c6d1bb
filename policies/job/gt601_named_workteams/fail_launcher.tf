data "aws_region" "this" {}

locals {
  team = "arn:aws:sagemaker:${data.aws_region.this.name}:394669845002:workteam/${local.kind}-crowd/default"
  kind = "public"
}

# A function that starts jobs.
resource "aws_lambda_function" "launch" {
  function_name = "launch"
  role          = "arn:aws:iam::111122223333:role/launch"
  handler       = "launch.handler"
  runtime       = "python3.13"
  s3_bucket     = "code"
  s3_key        = "launch.zip"

  environment {
    variables = { TEAM = local.team }
  }
}
