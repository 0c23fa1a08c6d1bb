resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  cognito_config {
    client_id = "1example23456789"
    user_pool = "us-east-1_Example12"
  }
}

resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = "hospital-trail"
}
