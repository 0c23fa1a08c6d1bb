locals {
  days = 180
}

resource "aws_kms_key" "this" {
  for_each = toset(["scans", "labels"])

  description             = each.key
  enable_key_rotation     = true
  rotation_period_in_days = local.days
}

# KMS rotates no asymmetric keys.
resource "aws_kms_key" "signatures" {
  description              = "Signatures of reports"
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
}
