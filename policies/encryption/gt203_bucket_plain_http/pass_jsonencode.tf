resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket_policy" "scans" {
  bucket = "hospital-scans"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::hospital-scans", "arn:aws:s3:::hospital-scans/*"]
      Condition = { Bool = { "aws:SecureTransport" = false } }
    }]
  })
}
