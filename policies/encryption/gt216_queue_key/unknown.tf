resource "aws_sqs_queue" "this" {
  name              = "labeling-undelivered"
  kms_master_key_id = var.key_arn
}

variable "key_arn" {
  type = string
}
