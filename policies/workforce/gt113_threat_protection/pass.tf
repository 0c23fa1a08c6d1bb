resource "aws_cognito_user_pool" "workers" {
  name = "labeling-workers"

  user_pool_add_ons {
    advanced_security_mode = "ENFORCED"
  }
}
