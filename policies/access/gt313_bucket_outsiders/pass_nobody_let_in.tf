data "aws_iam_policy_document" "scans" {
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["arn:aws:s3:::hospital-scans/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

resource "aws_s3_bucket_policy" "scans" {
  bucket = "hospital-scans"
  policy = data.aws_iam_policy_document.scans.json
}
