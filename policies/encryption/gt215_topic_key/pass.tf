resource "aws_sns_topic" "this" {
  name              = "labeling-work"
  kms_master_key_id = aws_kms_key.logs.arn
}

resource "aws_kms_key" "logs" {
  description         = "Logs"
  enable_key_rotation = true
}
