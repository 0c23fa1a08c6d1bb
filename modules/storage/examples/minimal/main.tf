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

module "kms" {
  source = "../../../kms"

  name_prefix        = "lung-ct"
  execution_role_arn = "arn:${data.aws_partition.this.partition}:iam::${data.aws_caller_identity.this.account_id}:role/lung-ct-labeling-execution"
}

module "storage" {
  source = "../../"

  name_prefix  = "lung-ct"
  kms_key_arns = module.kms.key_arns
}

output "bucket_names" {
  description = "Name of each bucket."
  value       = module.storage.bucket_names
}
