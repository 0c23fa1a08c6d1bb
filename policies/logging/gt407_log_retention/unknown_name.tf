variable "choice" {
  type = string
}

resource "aws_cloudwatch_log_group" "this" {
  name = var.choice

  retention_in_days = 30
}
