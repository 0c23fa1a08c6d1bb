variable "rotate" {
  type    = bool
  default = false
}

resource "aws_kms_key" "scans" {
  description         = "Scans"
  enable_key_rotation = var.rotate
}
