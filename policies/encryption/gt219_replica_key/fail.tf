resource "aws_s3_bucket_replication_configuration" "labels" {
  bucket = "hospital-labels"
  role   = "arn:aws:iam::111122223333:role/replication"

  rule {
    id     = "all"
    status = "Enabled"

    destination {
      bucket = "arn:aws:s3:::hospital-labels-copy"
    }
  }
}
