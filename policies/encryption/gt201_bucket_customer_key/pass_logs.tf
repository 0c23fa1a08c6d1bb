locals {
  buckets = toset(["scans", "labels"])
}

resource "aws_kms_key" "this" {
  for_each = local.buckets

  description         = each.key
  enable_key_rotation = true
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  bucket = "hospital-${each.key}"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this[each.key].arn
    }
  }
}

resource "aws_s3_bucket" "logs" {
  bucket = "hospital-logs"
}

resource "aws_s3_bucket_logging" "scans" {
  bucket        = aws_s3_bucket.this["scans"].id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/scans/"
}
