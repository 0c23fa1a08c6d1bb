resource "aws_sqs_queue" "this" {
  name                    = "labeling-undelivered"
  sqs_managed_sse_enabled = true
}
