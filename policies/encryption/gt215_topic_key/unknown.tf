resource "aws_sns_topic" "this" {
  name              = "labeling-work"
  kms_master_key_id = var.key_arn
}

variable "key_arn" {
  type = string
}
