# The module in two forms: with the workteams named, and with every private workteam of the account.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {}

locals {
  forms = {
    named = ["arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/readers"]
    any   = []
  }
}

module "audit_trail" {
  source   = "../modules/audit_trail"
  for_each = local.forms

  name_prefix           = "radiology"
  private_workteam_arns = each.value
  output_kms_key_arns   = ["arn:aws:kms:us-east-1:123456789012:key/0a0a0a0a-aaaa-4aaa-8aaa-0a0a0a0a0a0a"]
  volume_kms_key_arns   = ["arn:aws:kms:us-east-1:123456789012:key/0b0b0b0b-bbbb-4bbb-8bbb-0b0b0b0b0b0b"]
  kms_key_arn           = "arn:aws:kms:us-east-1:123456789012:key/0c0c0c0c-cccc-4ccc-8ccc-0c0c0c0c0c0c"
  logs_bucket_name      = "radiology-logs"

  bucket_arns = {
    scans  = "arn:aws:s3:::radiology-scans"
    labels = "arn:aws:s3:::radiology-labels"
  }
}

output "event_patterns" {
  value = { for form, made in module.audit_trail : form => made.event_patterns }
}
