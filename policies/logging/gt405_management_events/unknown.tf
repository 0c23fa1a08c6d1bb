variable "choice" {
  type = bool
}

resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = "hospital-trail"

  event_selector {
    include_management_events = var.choice
  }
}
