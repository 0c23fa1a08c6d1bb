resource "aws_iam_role_policy_attachment" "this" {
  role       = "labeling"
  policy_arn = "arn:${data.aws_partition.this.partition}:iam::aws:policy/AmazonSageMakerGroundTruthExecution"
}

data "aws_partition" "this" {}
