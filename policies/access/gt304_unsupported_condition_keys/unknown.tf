resource "aws_iam_policy" "this" {
  name = "labeling"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Deny", Action = "sagemaker:CreateLabelingJob", Resource = "*", Condition = var.x },
    ]
  })
}

variable "x" {
  type = any
}
