variable "choice" {
  type = string
}

resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}


resource "aws_s3_bucket_versioning" "scans" {
  bucket = aws_s3_bucket.scans.id

  versioning_configuration {
    status = var.choice
  }
}
