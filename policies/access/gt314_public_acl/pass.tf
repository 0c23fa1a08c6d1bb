resource "aws_s3_bucket_acl" "logs" {
  bucket = "hospital-logs"
  acl    = "log-delivery-write"
}
