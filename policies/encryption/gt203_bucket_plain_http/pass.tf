locals {
  buckets = toset(["scans", "labels"])
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  bucket = "hospital-${each.key}"
}

data "aws_iam_policy_document" "this" {
  for_each = local.buckets

  dynamic "statement" {
    for_each = ["DenyPlainHttp"]

    content {
      sid       = statement.value
      effect    = "Deny"
      actions   = ["s3:*"]
      resources = [aws_s3_bucket.this[each.key].arn, "${aws_s3_bucket.this[each.key].arn}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Bool"
        variable = "aws:SecureTransport"
        values   = ["false"]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  policy = data.aws_iam_policy_document.this[each.key].json
}
