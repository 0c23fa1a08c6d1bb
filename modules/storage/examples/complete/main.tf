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

variable "replica_region" {
  description = "Region of the copies."
  type        = string
  default     = "us-west-2"
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

  replication = {
    scans  = { bucket_arn = aws_s3_bucket.replica["scans"].arn, kms_key_arn = aws_kms_key.replica.arn }
    labels = { bucket_arn = aws_s3_bucket.replica["labels"].arn, kms_key_arn = aws_kms_key.replica.arn }
  }

  tags = {
    data-classification = "phi"
  }

  depends_on = [aws_s3_bucket_versioning.replica]
}

################################################################################
# Where the copies go. Only what replication needs: protect these buckets as
# the originals are.
################################################################################

provider "aws" {
  alias  = "replica"
  region = var.replica_region
}

resource "aws_kms_key" "replica" {
  provider = aws.replica

  description         = "lung-ct: copies of scans and labels"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.replica.json
}

data "aws_iam_policy_document" "replica" {
  #checkov:skip=CKV_AWS_109:A key policy speaks of its own key only
  #checkov:skip=CKV_AWS_111:A key policy speaks of its own key only
  #checkov:skip=CKV_AWS_356:A key policy speaks of its own key only
  statement {
    sid       = "AdministerByIamPolicies"
    actions   = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:EnableKeyRotation"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  statement {
    sid       = "Replication"
    actions   = ["kms:Decrypt", "kms:Encrypt"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = ["${local.roles}/lung-ct-replication"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:CallerAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_s3_bucket" "replica" {
  provider = aws.replica
  for_each = toset(["scans", "labels"])

  #checkov:skip=CKV2_AWS_6:The example shows what replication needs; the README says to protect copies as the originals are
  #checkov:skip=CKV2_AWS_61:As above
  #checkov:skip=CKV2_AWS_62:As above
  #checkov:skip=CKV_AWS_18:As above
  #checkov:skip=CKV_AWS_21:Versioning stands below
  #checkov:skip=CKV_AWS_144:These buckets are the copies
  #checkov:skip=CKV_AWS_145:Replication names the key of every copy
  bucket = "lung-ct-${each.key}-copy-${local.account_id}"
}

resource "aws_s3_bucket_versioning" "replica" {
  provider = aws.replica
  for_each = aws_s3_bucket.replica

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

output "bucket_names" {
  description = "Name of each bucket."
  value       = module.storage.bucket_names
}
