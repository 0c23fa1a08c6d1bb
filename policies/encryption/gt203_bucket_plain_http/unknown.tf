resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

variable "policy" {
  type = string
}

resource "aws_s3_bucket_policy" "scans" {
  bucket = aws_s3_bucket.scans.id
  policy = var.policy
}
