resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket" "trail" {
  bucket = "hospital-trail"
}

resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = aws_s3_bucket.trail.id
}
