resource "aws_cognito_user_pool_client" "portal" {
  name         = "labeling-portal"
  user_pool_id = "us-east-1_Example12"

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code", "implicit"]
  allowed_oauth_scopes                 = ["email", "openid", "profile"]
  supported_identity_providers         = ["COGNITO"]
  callback_urls                        = ["https://z182d0xam0.labeling.us-east-1.sagemaker.aws/oauth2/idpresponse"]
}
