resource "aws_kms_key" "scans" {
  description             = "Scans"
  deletion_window_in_days = 7
  enable_key_rotation     = true
}
