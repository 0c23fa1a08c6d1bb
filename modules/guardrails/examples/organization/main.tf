# In the organization's management account: the service control policy for one labeling account.
provider "aws" {
  region = "us-east-1"
}

data "aws_partition" "this" {}

variable "labeling_account_id" {
  description = "The account in which labeling takes place."
  type        = string
  default     = "111122223333"
}

variable "output_kms_key_arn" {
  description = "Key of the labels."
  type        = string
  default     = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}

module "guardrails" {
  source = "../../"

  name_prefix         = "radiology"
  account_id          = var.labeling_account_id
  output_kms_key_arns = [var.output_kms_key_arn]
  scp_target_ids      = [var.labeling_account_id]
  exempt_role_arns    = ["arn:${data.aws_partition.this.partition}:iam::${var.labeling_account_id}:role/terraform"]

  # They live in the labeling account.
  create_permissions_boundary = false
  create_policy               = false
}
