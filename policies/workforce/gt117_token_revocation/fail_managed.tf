resource "aws_cognito_user_pool" "workers" {
  name = "labeling-workers"
}

resource "aws_cognito_user_pool_client" "portal" {
  name         = "labeling-portal"
  user_pool_id = aws_cognito_user_pool.workers.id

  enable_token_revocation = true
}

resource "aws_cognito_managed_user_pool_client" "portal" {
  name_pattern = "^labeling-portal$"
  user_pool_id = aws_cognito_user_pool.workers.id

  enable_token_revocation = false

  depends_on = [aws_cognito_user_pool_client.portal]
}
