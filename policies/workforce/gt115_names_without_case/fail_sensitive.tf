resource "aws_cognito_user_pool" "workers" {
  name = "labeling-workers"

  username_configuration {
    case_sensitive = true
  }
}
