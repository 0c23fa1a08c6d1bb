resource "aws_cognito_user_pool_client" "portal" {
  name         = "labeling-portal"
  user_pool_id = "us-east-1_Example12"

  prevent_user_existence_errors = "ENABLED"
}
