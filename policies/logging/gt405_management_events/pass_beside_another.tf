resource "aws_cloudtrail" "organization" {
  name                  = "organization"
  s3_bucket_name        = "hospital-trail"
  is_multi_region_trail = true
}

resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = "hospital-trail"

  advanced_event_selector {
    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }
  }
}
