data "aws_iam_policy_document" "read" {
  statement {
    not_actions = ["kms:ScheduleKeyDeletion"]
    resources   = ["*"]
  }
}

resource "aws_iam_policy" "read" {
  name   = "read"
  policy = data.aws_iam_policy_document.read.json
}
