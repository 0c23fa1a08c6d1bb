data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  root_arn   = "arn:${data.aws_partition.this.partition}:iam::${local.account_id}:root"
  # The Region's name has another attribute in provider 5 than in 6; its id is the same in both.
  region = data.aws_region.this.id

  purposes = var.separate_keys ? ["scans", "labels", "logs"] : ["all"]
}

################################################################################
# Keys
################################################################################

resource "aws_kms_key" "this" {
  for_each = toset(local.purposes)

  description             = "${var.name_prefix}: ${each.key == "all" ? "scans, labels and logs" : each.key}"
  deletion_window_in_days = var.deletion_window_in_days
  enable_key_rotation     = true
  policy                  = data.aws_iam_policy_document.key[each.key].json
}

resource "aws_kms_alias" "this" {
  for_each = aws_kms_key.this

  name          = "alias/${var.name_prefix}-${each.key}"
  target_key_id = each.value.key_id
}

################################################################################
# Key policies
#
# The grants stand here and not in the roles' policies: AWS's HIPAA conformance
# pack flags identity policies that allow kms:Decrypt.
################################################################################

data "aws_iam_policy_document" "key" {
  for_each = toset(local.purposes)

  # Without this statement nobody could manage the key, and only AWS Support could undo it.
  statement {
    sid       = "AdministerInThisAccount"
    actions   = local.administration
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.root_arn]
    }
  }

  # Uploads and downloads of the account's own people and pipelines, through S3 only. What they may reach there
  # is decided by their own policies and the bucket's.
  statement {
    sid       = "UseThroughS3InThisAccount"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.root_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:CallerAccount"
      values   = [local.account_id]
    }
  }

  # Ground Truth reads the images and writes the labels with this role, which is made after the key: it is named
  # by its ARN in a condition, because a principal has to exist already.
  dynamic "statement" {
    for_each = each.key == "logs" ? [] : [1]

    content {
      sid       = "LabelingExecutionRole"
      actions   = each.key == "scans" ? ["kms:Decrypt", "kms:DescribeKey"] : local.usage
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = [local.root_arn]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = [var.execution_role_arn]
      }
    }
  }

  dynamic "statement" {
    for_each = contains(["logs", "all"], each.key) ? [1] : []

    content {
      sid       = "DeliverServerAccessLogs"
      actions   = ["kms:GenerateDataKey*", "kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["logging.s3.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account_id]
      }
    }
  }
}

locals {
  usage = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]

  administration = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
  ]
}
