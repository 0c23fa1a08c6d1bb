resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket_ownership_controls" "scans" {
  bucket = aws_s3_bucket.scans.id

  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}
