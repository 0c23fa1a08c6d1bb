resource "aws_sqs_queue" "this" {
  name              = "labeling-undelivered"
  kms_master_key_id = aws_kms_key.logs.arn
}

resource "aws_kms_key" "logs" {
  description         = "Logs"
  enable_key_rotation = true
}
