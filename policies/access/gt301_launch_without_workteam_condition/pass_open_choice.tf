# Not planned: the choice is open.
variable "also_write" {
  type = bool
}

variable "key_arns" {
  type = map(string)
}

data "aws_iam_policy_document" "work" {
  statement {
    actions   = ["sagemaker:CreateLabelingJob", "sagemaker:CreateFlowDefinition"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "sagemaker:WorkteamType"
      values   = ["private-crowd"]
    }
  }

  dynamic "statement" {
    for_each = var.key_arns

    content {
      sid       = "Use${title(statement.key)}"
      actions   = var.also_write ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_policy" "work" {
  name   = "work"
  policy = data.aws_iam_policy_document.work.json
}
