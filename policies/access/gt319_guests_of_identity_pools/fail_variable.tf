resource "aws_cognito_identity_pool" "this" {
  identity_pool_name               = "workers"
  allow_unauthenticated_identities = var.guests
}

variable "guests" {
  type    = bool
  default = true
}
