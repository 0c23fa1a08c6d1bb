resource "aws_iam_role_policy_attachment" "this" {
  role       = "labeling"
  policy_arn = "arn:aws:iam::aws:policy/job-function/DataScientist"
}
