resource "aws_cognito_user_pool" "workers" {
  name                = "labeling-workers"
  deletion_protection = "ACTIVE"
}

resource "aws_cognito_user_pool_client" "portal" {
  name            = "labeling-portal"
  user_pool_id    = aws_cognito_user_pool.workers.id
  generate_secret = true
}

resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  cognito_config {
    client_id = aws_cognito_user_pool_client.portal.id
    user_pool = aws_cognito_user_pool.workers.id
  }
}

resource "aws_cognito_user_pool" "patients" {
  name = "patients"
}
