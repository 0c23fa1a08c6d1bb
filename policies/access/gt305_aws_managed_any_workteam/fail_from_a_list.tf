locals {
  policies = toset(["AmazonSageMakerFullAccess", "CloudWatchLogsFullAccess"])
}

resource "aws_iam_user_policy_attachment" "this" {
  for_each = local.policies

  user       = "labeling"
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}
