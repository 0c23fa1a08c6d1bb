resource "aws_kms_key" "scans" {
  description             = "Scans"
  enable_key_rotation     = true
  rotation_period_in_days = 2560
}
