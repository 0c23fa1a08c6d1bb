resource "aws_s3_object" "labels" {
  bucket                 = "hospital-labels"
  key                    = "config/labels.json"
  content                = "{}"
  server_side_encryption = "aws:kms"
  kms_key_id             = aws_kms_key.labels.arn
}

resource "aws_kms_key" "labels" {
  description         = "Labels"
  enable_key_rotation = true
}
