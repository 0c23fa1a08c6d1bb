resource "aws_kms_key" "scans" {
  description         = "Scans"
  is_enabled          = false
  enable_key_rotation = true
}
