resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket_policy" "scans" {
  bucket = aws_s3_bucket.scans.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:role/labeling" }
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.scans.arn}/*"
      Condition = { Bool = { "aws:SecureTransport" = "true" } }
    }]
  })
}
