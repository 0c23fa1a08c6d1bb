variable "choice" {
  type = bool
}

resource "aws_cognito_user_pool" "workers" {
  name = "labeling-workers"

  admin_create_user_config {
    allow_admin_create_user_only = var.choice
  }
}
