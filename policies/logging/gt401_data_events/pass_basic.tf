data "aws_partition" "this" {}

resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = "hospital-trail"

  event_selector {
    read_write_type = "All"

    dynamic "data_resource" {
      for_each = toset(["AWS::S3::Object"])

      content {
        type   = data_resource.value
        values = ["arn:${data.aws_partition.this.partition}:s3:::"]
      }
    }
  }
}
