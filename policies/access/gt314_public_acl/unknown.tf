resource "aws_s3_bucket_acl" "scans" {
  bucket = "hospital-scans"
  acl    = var.x
}

variable "x" {
  type = string
}
