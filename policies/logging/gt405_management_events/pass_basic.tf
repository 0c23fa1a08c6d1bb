resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = "hospital-trail"

  event_selector {
    exclude_management_event_sources = ["rdsdata.amazonaws.com"]
  }
}
