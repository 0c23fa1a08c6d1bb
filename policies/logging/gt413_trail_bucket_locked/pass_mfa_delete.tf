resource "aws_s3_bucket" "logs" {
  bucket = "hospital-logs"
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id
  mfa    = "arn:aws:iam::111122223333:mfa/root-account-mfa-device 123456"

  versioning_configuration {
    status     = "Enabled"
    mfa_delete = "Enabled"
  }
}

resource "aws_cloudtrail" "this" {
  name           = "labeling"
  s3_bucket_name = aws_s3_bucket.logs.id
}
