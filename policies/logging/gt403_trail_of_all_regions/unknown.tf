variable "choice" {
  type = bool
}

resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = "hospital-trail"

  is_multi_region_trail = var.choice
}
