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
  roles      = "arn:${local.partition}:iam::${local.account_id}:role"
  trail_arn  = "arn:${local.partition}:cloudtrail:${data.aws_region.this.id}:${local.account_id}:trail/lung-ct-trail"
}

variable "copies" {
  description = "Where scans and labels are copied: a bucket in another Region that keeps versions and is protected as the original is, and a key there whose policy lets the replication role kms:Encrypt."
  type = object({
    scans  = object({ bucket_arn = string, kms_key_arn = string })
    labels = object({ bucket_arn = string, kms_key_arn = string })
  })
}

module "kms" {
  source = "../../../kms"

  name_prefix          = "lung-ct"
  execution_role_arn   = "${local.roles}/lung-ct-labeling-execution"
  data_role_arns       = ["${local.roles}/lung-ct-labeling-launcher"]
  replication_role_arn = "${local.roles}/lung-ct-replication"
  cloudtrail_arn       = local.trail_arn
}

module "storage" {
  source = "../../"

  name_prefix  = "lung-ct"
  kms_key_arns = module.kms.key_arns

  require_encryption_headers = true
  vpc_endpoint_ids           = ["vpce-0123456789abcdef0"]
  cloudtrail_arn             = local.trail_arn

  noncurrent_version_days = 365
  scans_expiration_days   = 730

  object_lock = {
    mode = "GOVERNANCE"
    days = 30
  }

  replication = var.copies

  tags = {
    data-classification = "phi"
  }
}

output "bucket_names" {
  description = "Name of each bucket."
  value       = module.storage.bucket_names
}
