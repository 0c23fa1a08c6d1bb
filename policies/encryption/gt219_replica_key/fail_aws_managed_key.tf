resource "aws_s3_bucket_replication_configuration" "labels" {
  bucket = "hospital-labels"
  role   = "arn:aws:iam::111122223333:role/replication"

  rule {
    id     = "all"
    status = "Enabled"

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket = "arn:aws:s3:::hospital-labels-copy"

      encryption_configuration {
        replica_kms_key_id = data.aws_kms_key.s3.arn
      }
    }
  }
}

data "aws_kms_key" "s3" {
  key_id = "alias/aws/s3"
}
