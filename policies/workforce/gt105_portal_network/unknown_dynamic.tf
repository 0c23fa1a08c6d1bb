variable "limited" {
  type = bool
}

resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  cognito_config {
    client_id = "1example23456789"
    user_pool = "us-east-1_Example12"
  }

  dynamic "source_ip_config" {
    for_each = var.limited ? [1] : []

    content {
      cidrs = ["198.51.100.0/24"]
    }
  }
}
