resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket" "labels" {
  bucket = "hospital-labels"
}

resource "aws_s3_bucket_logging" "scans" {
  bucket        = aws_s3_bucket.scans.id
  target_bucket = aws_s3_bucket.labels.id
  target_prefix = "logs/"
}

resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = "hospital-trail"

  event_selector {
    read_write_type = "All"

    data_resource {
      type   = "AWS::S3::Object"
      values = ["${aws_s3_bucket.labels.arn}/", "arn:aws:s3:::hospital-scans-archive/"]
    }
  }
}
