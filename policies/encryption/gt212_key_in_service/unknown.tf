resource "aws_kms_key" "scans" {
  description             = "Scans"
  deletion_window_in_days = var.days
  enable_key_rotation     = true
}

variable "days" {
  type = number
}
