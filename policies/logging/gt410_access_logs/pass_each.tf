locals {
  buckets = toset(["scans", "labels"])
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  bucket = "hospital-${each.key}"
}

resource "aws_s3_bucket_logging" "this" {
  for_each = aws_s3_bucket.this

  bucket        = each.value.id
  target_bucket = "hospital-logs"
  target_prefix = "s3/${each.key}/"
}
