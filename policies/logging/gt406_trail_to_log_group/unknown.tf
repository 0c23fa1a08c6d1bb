variable "choice" {
  type = string
}

resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = "hospital-trail"

  cloud_watch_logs_group_arn = var.choice
  cloud_watch_logs_role_arn  = "arn:aws:iam::111122223333:role/trail"
}
