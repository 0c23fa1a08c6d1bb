resource "aws_s3_object" "scan" {
  bucket  = "hospital-scans"
  key     = "image.png"
  content = "image"
  acl     = local.acl
}

locals {
  acl = "authenticated-read"
}
