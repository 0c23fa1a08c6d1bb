resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}


resource "aws_s3_bucket_logging" "scans" {
  bucket        = "hospital-scans"
  target_bucket = "hospital-logs"
  target_prefix = "s3/scans/"
}
