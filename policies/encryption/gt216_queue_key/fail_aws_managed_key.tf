resource "aws_sqs_queue" "this" {
  name              = "labeling-undelivered"
  kms_master_key_id = "alias/aws/sqs"
}
