# All three roles: a pipeline and a person launch jobs, the compliance team audits.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

variable "launcher_trusted_arns" {
  description = "Roles and users that launch labeling jobs."
  type        = list(string)
}

variable "auditor_trusted_arns" {
  description = "Roles and users that audit."
  type        = list(string)
}

variable "permissions_boundary_arn" {
  description = "Policy that bounds the roles, or null."
  type        = string
  default     = null
}

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

module "iam" {
  source = "../../"

  name_prefix              = "radiology"
  permissions_boundary_arn = var.permissions_boundary_arn

  bucket_arns = {
    scans  = "arn:${data.aws_partition.this.partition}:s3:::radiology-scans"
    labels = "arn:${data.aws_partition.this.partition}:s3:::radiology-labels"
  }
  workteam_arns       = ["arn:${data.aws_partition.this.partition}:sagemaker:us-east-1:${data.aws_caller_identity.this.account_id}:workteam/private-crowd/radiology-readers"]
  output_kms_key_arns = ["arn:${data.aws_partition.this.partition}:kms:us-east-1:${data.aws_caller_identity.this.account_id}:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
  scans_kms_key_arns  = ["arn:${data.aws_partition.this.partition}:kms:us-east-1:${data.aws_caller_identity.this.account_id}:key/5678abcd-12ab-34cd-56ef-1234567890ab"]
  user_pool_id        = "us-east-1_Radiology1"

  launcher_trusted_arns = var.launcher_trusted_arns
  auditor_trusted_arns  = var.auditor_trusted_arns

  tags = { data-classification = "phi" }
}

output "role_arns" {
  description = "ARN of each role."
  value = {
    execution = module.iam.execution_role_arn
    launcher  = module.iam.launcher_role_arn
    auditor   = module.iam.auditor_role_arn
  }
}
