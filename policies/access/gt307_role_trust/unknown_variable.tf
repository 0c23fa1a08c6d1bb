variable "x" {
  type = string
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [var.x]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = "labeling"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
