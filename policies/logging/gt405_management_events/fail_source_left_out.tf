resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = "hospital-trail"

  advanced_event_selector {
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }

    field_selector {
      field      = "eventSource"
      not_equals = ["kms.amazonaws.com"]
    }
  }
}
