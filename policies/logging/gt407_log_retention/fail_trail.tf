resource "aws_cloudtrail" "this" {
  name                       = "labeling"
  s3_bucket_name             = "hospital-trail"
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.this.arn}:*"
  cloud_watch_logs_role_arn  = "arn:aws:iam::111122223333:role/trail"
}

resource "aws_cloudwatch_log_group" "this" {
  name = "trail-of-everything"

  retention_in_days = 90
}
