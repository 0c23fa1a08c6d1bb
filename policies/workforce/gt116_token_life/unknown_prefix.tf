variable "choice" {
  type = number
}

resource "aws_cognito_user_pool" "workers" {
  name = "labeling-workers"
}

resource "aws_cognito_user_pool_client" "portal" {
  name         = "labeling-portal"
  user_pool_id = aws_cognito_user_pool.workers.id
}

resource "aws_cognito_managed_user_pool_client" "portal" {
  name_prefix  = "labeling-"
  user_pool_id = aws_cognito_user_pool.workers.id

  access_token_validity  = 60
  id_token_validity      = 60
  refresh_token_validity = var.choice

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "hours"
  }

  depends_on = [aws_cognito_user_pool_client.portal]
}
