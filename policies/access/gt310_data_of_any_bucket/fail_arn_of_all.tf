data "aws_partition" "this" {}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:Get*", "s3:List*"]
    resources = ["arn:${data.aws_partition.this.partition}:s3:::*"]
  }
}

resource "aws_iam_policy" "read" {
  name   = "read"
  policy = data.aws_iam_policy_document.read.json
}
