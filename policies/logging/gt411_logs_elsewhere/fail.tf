resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}


resource "aws_s3_bucket_logging" "scans" {
  bucket        = aws_s3_bucket.scans.id
  target_bucket = aws_s3_bucket.scans.id
  target_prefix = "s3/scans/"
}
