locals {
  flows = ["code"]
}

resource "aws_cognito_user_pool" "workers" {
  name = "labeling-workers"
}

resource "aws_cognito_user_pool_client" "portal" {
  name         = "labeling-portal"
  user_pool_id = aws_cognito_user_pool.workers.id
}

resource "aws_cognito_managed_user_pool_client" "portal" {
  name_pattern = "^labeling-portal$"
  user_pool_id = aws_cognito_user_pool.workers.id

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = concat(local.flows, ["implicit"])
  allowed_oauth_scopes                 = ["email", "openid", "profile"]
  supported_identity_providers         = ["COGNITO"]
  callback_urls                        = ["https://z182d0xam0.labeling.us-east-1.sagemaker.aws/oauth2/idpresponse"]

  depends_on = [aws_cognito_user_pool_client.portal]
}
