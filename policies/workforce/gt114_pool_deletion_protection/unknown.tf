variable "choice" {
  type = string
}

resource "aws_cognito_user_pool" "workers" {
  name = "labeling-workers"

  deletion_protection = var.choice
}
