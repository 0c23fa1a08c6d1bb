resource "aws_kms_key" "scans" {
  description = "Scans"
}
