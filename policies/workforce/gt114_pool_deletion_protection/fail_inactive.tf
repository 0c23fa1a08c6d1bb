resource "aws_cognito_user_pool" "workers" {
  name = "labeling-workers"

  deletion_protection = "INACTIVE"
}
