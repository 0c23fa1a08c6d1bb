resource "aws_cognito_identity_provider" "this" {
  user_pool_id  = "us-east-1_Example12"
  provider_name = "LoginWithAmazon"
  provider_type = "LoginWithAmazon"

  provider_details = {
    authorize_scopes = "profile"
    client_id        = "amzn1.application-oa2-client.example"
    client_secret    = "not-a-secret"
  }
}

resource "aws_cognito_user_pool_client" "portal" {
  name         = "labeling-portal"
  user_pool_id = "us-east-1_Example12"

  supported_identity_providers = [aws_cognito_identity_provider.this.provider_name]
}
