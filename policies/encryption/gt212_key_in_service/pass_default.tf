resource "aws_kms_key" "scans" {
  description         = "Scans"
  is_enabled          = true
  enable_key_rotation = true
}
