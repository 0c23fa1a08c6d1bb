resource "aws_cognito_user_pool" "workers" {
  name              = "labeling-workers"
  mfa_configuration = "OPTIONAL"

  software_token_mfa_configuration {
    enabled = true
  }
}

resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  cognito_config {
    client_id = "1example23456789"
    user_pool = aws_cognito_user_pool.workers.id
  }
}
