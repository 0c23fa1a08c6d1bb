data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id

  # The keys are made before the role and name it in their policies, so its ARN is built here.
  execution_role_name = "${var.name_prefix}-labeling-execution"
  execution_role_arn  = "arn:${data.aws_partition.this.partition}:iam::${local.account_id}:role/${local.execution_role_name}"
}

module "kms" {
  source = "../modules/kms"

  name_prefix             = var.name_prefix
  execution_role_arn      = local.execution_role_arn
  separate_keys           = var.separate_keys
  deletion_window_in_days = var.kms_deletion_window_in_days
}

module "storage" {
  source = "../modules/storage"

  name_prefix             = var.name_prefix
  kms_key_arns            = module.kms.key_arns
  noncurrent_version_days = var.noncurrent_version_days
  force_destroy           = var.force_destroy
}

module "workforce" {
  source = "../modules/workforce"

  name_prefix              = var.name_prefix
  workteams                = var.workteams
  source_ip_cidrs          = var.source_ip_cidrs
  bind_images_to_worker_ip = var.bind_images_to_worker_ip
  deletion_protection      = var.deletion_protection
}

module "iam" {
  source = "../modules/iam"

  execution_role_name = local.execution_role_name
  bucket_arns         = module.storage.bucket_arns
}
