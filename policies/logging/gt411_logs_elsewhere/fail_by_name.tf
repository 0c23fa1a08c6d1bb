resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}


resource "aws_s3_bucket_logging" "scans" {
  bucket        = aws_s3_bucket.scans.id
  target_bucket = "hospital-scans"
  target_prefix = "s3/scans/"
}
