# Not planned: the sandbox does not find AWS-managed policies by their names.
data "aws_iam_policy" "administrator" {
  name = "AdministratorAccess"
}

resource "aws_iam_group_policy_attachment" "this" {
  group      = "labeling"
  policy_arn = data.aws_iam_policy.administrator.arn
}
