locals {
  closed = true
}

resource "aws_cognito_user_pool" "workers" {
  name = "labeling-workers"

  dynamic "admin_create_user_config" {
    for_each = [local.closed]

    content {
      allow_admin_create_user_only = admin_create_user_config.value
    }
  }
}
