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

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  partition  = data.aws_partition.this.partition
  account_id = data.aws_caller_identity.this.account_id
  region     = data.aws_region.this.id
  roles      = "arn:${local.partition}:iam::${local.account_id}:role"
  log_groups = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group"
}

variable "administrator_role_arns" {
  description = "ARNs of the existing roles that alone administer the keys; empty: IAM decides."
  type        = list(string)
  default     = []
}

module "kms" {
  source = "../../"

  name_prefix             = "lung-ct"
  deletion_window_in_days = 30
  rotation_period_in_days = 180

  execution_role_arn        = "${local.roles}/lung-ct-labeling-execution"
  data_role_arns            = ["${local.roles}/lung-ct-labeling-launcher", "${local.roles}/radiology/data-steward"]
  settings_reader_role_arns = ["${local.roles}/lung-ct-labeling-auditor"]
  log_reader_role_arns      = ["${local.roles}/security/investigator"]
  administrator_role_arns   = var.administrator_role_arns
  replication_role_arn      = "${local.roles}/lung-ct-replication"

  allow_auto_labeling_volumes = true

  cloudtrail_arn      = "arn:${local.partition}:cloudtrail:${local.region}:${local.account_id}:trail/lung-ct-trail"
  log_group_arns      = ["${local.log_groups}:/aws/sagemaker/LabelingJobs", "${local.log_groups}:/aws/sagemaker/groundtruth/WorkerActivity"]
  allow_notifications = true

  tags = {
    data-classification = "phi"
  }
}

output "key_arns" {
  description = "ARN of the key for each purpose."
  value       = module.kms.key_arns
}
