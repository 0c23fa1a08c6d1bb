resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
  policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]},
          "Action": "s3:*",
          "Resource": "arn:aws:s3:::hospital-scans/*"
        }
      ]
    }
  POLICY
}
