# The execution role alone: whoever launches jobs has rights of their own.

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

data "aws_partition" "this" {}

module "iam" {
  source = "../../"

  name_prefix = "radiology"

  bucket_arns = {
    scans  = "arn:${data.aws_partition.this.partition}:s3:::radiology-scans"
    labels = "arn:${data.aws_partition.this.partition}:s3:::radiology-labels"
  }
}

output "execution_role_arn" {
  description = "Role to name in labeling jobs."
  value       = module.iam.execution_role_arn
}
