variable "protect" {
  type    = bool
  default = true
}

resource "aws_cognito_user_pool" "workers" {
  name = "labeling-workers"

  deletion_protection = var.protect ? "ACTIVE" : "INACTIVE"
}
