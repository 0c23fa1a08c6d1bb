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
  source = "../../"

  name_prefix        = "lung-ct"
  execution_role_arn = "arn:${data.aws_partition.this.partition}:iam::${data.aws_caller_identity.this.account_id}:role/lung-ct-labeling-execution"
}

output "key_arns" {
  description = "ARN of the key for each purpose."
  value       = module.kms.key_arns
}
