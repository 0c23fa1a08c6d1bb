resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}


resource "aws_s3_bucket_versioning" "scans" {
  bucket = "hospital-scans"

  versioning_configuration {
    status = "Enabled"
  }
}
