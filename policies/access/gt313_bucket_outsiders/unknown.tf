resource "aws_s3_bucket_policy" "scans" {
  bucket = "hospital-scans"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::444455556666:root" }
      Action    = "s3:GetObject"
      Resource  = "arn:aws:s3:::hospital-scans/*"
    }]
  })
}
