resource "aws_kms_key" "scans" {
  description         = "Scans"
  enable_key_rotation = true
}
