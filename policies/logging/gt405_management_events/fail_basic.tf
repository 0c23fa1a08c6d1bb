resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = "hospital-trail"

  event_selector {
    include_management_events = false

    data_resource {
      type   = "AWS::S3::Object"
      values = ["arn:aws:s3"]
    }
  }
}
