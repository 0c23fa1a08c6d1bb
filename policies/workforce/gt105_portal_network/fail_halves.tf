resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  cognito_config {
    client_id = "1example23456789"
    user_pool = "us-east-1_Example12"
  }

  source_ip_config {
    cidrs = ["198.51.100.0/24", "0.0.0.0/1", "128.0.0.0/1"]
  }
}
