resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  oidc_config {
    client_id              = "labeling"
    client_secret          = "not-a-secret"
    issuer                 = "https://sso.hospital.example"
    authorization_endpoint = "https://sso.hospital.example/authorize"
    token_endpoint         = "https://sso.hospital.example/token"
    user_info_endpoint     = "https://sso.hospital.example/userinfo"
    logout_endpoint        = "https://sso.hospital.example/logout"
    jwks_uri               = "https://sso.hospital.example/jwks"
  }
}
