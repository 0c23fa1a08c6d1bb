resource "aws_iam_role_policy_attachment" "this" {
  role       = "labeling"
  policy_arn = var.x
}

variable "x" {
  type = string
}
