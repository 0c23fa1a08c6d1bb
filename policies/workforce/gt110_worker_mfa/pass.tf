resource "aws_cognito_user_pool" "workers" {
  name              = "labeling-workers"
  mfa_configuration = "ON"

  software_token_mfa_configuration {
    enabled = true
  }
}
