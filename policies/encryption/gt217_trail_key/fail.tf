resource "aws_cloudtrail" "this" {
  name           = "labeling-trail"
  s3_bucket_name = "hospital-logs"
}
