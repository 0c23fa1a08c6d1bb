resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket_policy" "scans" {
  bucket = aws_s3_bucket.scans.bucket
  policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Deny",
          "Principal": "*",
          "Action": "s3:PutObject",
          "Resource": "${aws_s3_bucket.scans.arn}/*",
          "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
        }
      ]
    }
  POLICY
}
