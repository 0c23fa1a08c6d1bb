resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

data "aws_iam_policy_document" "scans" {
  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.scans.arn, "${aws_s3_bucket.scans.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:role/labeling"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "scans" {
  bucket = aws_s3_bucket.scans.id
  policy = data.aws_iam_policy_document.scans.json
}
