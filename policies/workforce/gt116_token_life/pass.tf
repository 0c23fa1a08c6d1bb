locals {
  shift = 8
}

resource "aws_cognito_user_pool_client" "portal" {
  name         = "labeling-portal"
  user_pool_id = "us-east-1_Example12"

  access_token_validity  = 60
  id_token_validity      = 60
  refresh_token_validity = local.shift

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "hours"
  }
}
