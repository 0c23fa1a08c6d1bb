resource "aws_kms_key" "scans" {
  description             = "Scans"
  deletion_window_in_days = local.days
  enable_key_rotation     = true
}

locals {
  days = 30
}
