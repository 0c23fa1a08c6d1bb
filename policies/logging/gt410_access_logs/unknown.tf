variable "choice" {
  type = string
}

resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}


resource "aws_s3_bucket_logging" "scans" {
  bucket        = var.choice
  target_bucket = "hospital-logs"
  target_prefix = "s3/scans/"
}
