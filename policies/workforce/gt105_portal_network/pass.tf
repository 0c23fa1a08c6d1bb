variable "cidrs" {
  type    = list(string)
  default = ["198.51.100.0/24", "203.0.113.7/32", "2001:db8::/48"]
}

resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  cognito_config {
    client_id = "1example23456789"
    user_pool = "us-east-1_Example12"
  }

  dynamic "source_ip_config" {
    for_each = length(var.cidrs) > 0 ? [var.cidrs] : []

    content {
      cidrs = source_ip_config.value
    }
  }
}
