variable "choice" {
  type = list(string)
}

resource "aws_cognito_user_pool_client" "portal" {
  name         = "labeling-portal"
  user_pool_id = "us-east-1_Example12"

  supported_identity_providers = var.choice
}
