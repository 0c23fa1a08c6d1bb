resource "aws_s3_bucket" "labels" {
  bucket = "hospital-labels"
}

resource "aws_iam_policy" "launch" {
  name   = "launch"
  policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${aws_s3_bucket.labels.arn}/*"},
        {"Effect": "Allow", "Action": ["sagemaker:Create*"], "Resource": "*"}
      ]
    }
  POLICY
}
