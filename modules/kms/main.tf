data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  root_arn   = "arn:${data.aws_partition.this.partition}:iam::${local.account_id}:root"
  # The Region's name has another attribute in provider 5 than in 6; its id is the same in both.
  region = data.aws_region.this.id

  # What each key protects: one purpose, or all of them.
  keys = var.separate_keys ? { scans = ["scans"], labels = ["labels"], logs = ["logs"] } : { all = ["scans", "labels", "logs"] }

  # The keys of images and labels; the logs key is no business of those who handle them.
  data_keys = toset([for key, purposes in local.keys : key if contains(purposes, "scans") || contains(purposes, "labels")])

  named_roles = concat(
    [var.execution_role_arn],
    var.data_role_arns,
    var.settings_reader_role_arns,
    var.administrator_role_arns,
    var.log_reader_role_arns,
    var.replication_role_arn == null ? [] : [var.replication_role_arn],
  )
}

################################################################################
# Keys
################################################################################

resource "aws_kms_key" "this" {
  for_each = local.keys

  description             = "${var.name_prefix}: ${each.key == "all" ? "scans, labels and logs" : each.key}"
  deletion_window_in_days = var.deletion_window_in_days
  enable_key_rotation     = true
  rotation_period_in_days = var.rotation_period_in_days
  policy                  = data.aws_iam_policy_document.key[each.key].json
  tags                    = var.tags

  lifecycle {
    precondition {
      condition     = alltrue([for arn in local.named_roles : split(":", arn)[4] == local.account_id])
      error_message = "Every role that the keys name must be of account ${local.account_id}: the key policies refuse all others. Correct ${join(", ", [for arn in local.named_roles : arn if split(":", arn)[4] != local.account_id])}."
    }
  }
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
#
# A role that is made after its key can't be a principal, so it is named by
# aws:PrincipalArn. The principal beside that condition is "*", never the
# account: the account as principal gives a role nothing, it only lets the
# role's own policies give it something.
################################################################################

data "aws_iam_policy_document" "key" {
  for_each = local.keys

  ##############################################################################
  # Administration
  ##############################################################################

  # The safe form: whoever IAM lets administer keys in this account. Nobody can be locked out.
  dynamic "statement" {
    for_each = length(var.administrator_role_arns) == 0 ? [1] : []

    content {
      sid       = "AdministerByIamPolicies"
      actions   = local.administration
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = [local.root_arn]
      }
    }
  }

  # Administrators exist before the keys, so they stand as principals: KMS checks then that one of them is calling
  # and refuses a policy by which the caller would lock itself out.
  dynamic "statement" {
    for_each = length(var.administrator_role_arns) == 0 ? [] : [1]

    content {
      sid       = "AdministerByNamedRoles"
      actions   = local.administration
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = var.administrator_role_arns
      }
    }
  }

  # With named administrators: should all of them be deleted, the root user itself (no role, no IAM policy) can put
  # the policy right. Without this statement only AWS Support could.
  dynamic "statement" {
    for_each = length(var.administrator_role_arns) == 0 ? [] : [1]

    content {
      sid       = "RecoverAsRootUser"
      actions   = ["kms:CancelKeyDeletion", "kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = [local.root_arn]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = [local.root_arn]
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.settings_reader_role_arns) == 0 ? [] : [1]

    content {
      sid       = "ReadSettings"
      actions   = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = var.settings_reader_role_arns
      }

      condition {
        test     = "StringEquals"
        variable = "kms:CallerAccount"
        values   = [local.account_id]
      }
    }
  }

  ##############################################################################
  # Images and labels
  ##############################################################################

  # Ground Truth reads the images and writes the labels with this role.
  dynamic "statement" {
    for_each = contains(local.data_keys, each.key) ? [1] : []

    content {
      sid       = "LabelingExecutionRole"
      actions   = contains(each.value, "labels") ? local.usage : ["kms:Decrypt", "kms:DescribeKey"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = [var.execution_role_arn]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:CallerAccount"
        values   = [local.account_id]
      }
    }
  }

  # Automated labeling attaches encrypted volumes to training instances. The grant goes to an AWS service, never to
  # a person or role.
  dynamic "statement" {
    for_each = var.allow_auto_labeling_volumes && contains(each.value, "labels") ? [1] : []

    content {
      sid       = "GrantForAutoLabelingVolumes"
      actions   = ["kms:CreateGrant"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = [var.execution_role_arn]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:CallerAccount"
        values   = [local.account_id]
      }

      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = ["true"]
      }
    }
  }

  # Those who upload scans and read labels: through S3 only, where bucket policies and access logs apply.
  dynamic "statement" {
    for_each = contains(local.data_keys, each.key) && length(var.data_role_arns) > 0 ? [1] : []

    content {
      sid       = "UseThroughS3ByDataRoles"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = var.data_role_arns
      }

      condition {
        test     = "StringEquals"
        variable = "kms:CallerAccount"
        values   = [local.account_id]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.amazonaws.com"]
      }
    }
  }

  # Replication reads with the source's key; the destination's key is the destination's business.
  dynamic "statement" {
    for_each = contains(local.data_keys, each.key) && var.replication_role_arn != null ? [1] : []

    content {
      sid       = "ReadThroughS3ByReplication"
      actions   = ["kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = [var.replication_role_arn]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:CallerAccount"
        values   = [local.account_id]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.amazonaws.com"]
      }
    }
  }

  ##############################################################################
  # Logs and notifications
  ##############################################################################

  dynamic "statement" {
    for_each = contains(each.value, "logs") ? [1] : []

    content {
      sid       = "DeliverServerAccessLogs"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
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

  # Those who investigate: the trail's files lie in S3, encrypted with this key.
  dynamic "statement" {
    for_each = contains(each.value, "logs") && length(var.log_reader_role_arns) > 0 ? [1] : []

    content {
      sid       = "ReadLogsThroughS3"
      actions   = ["kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = var.log_reader_role_arns
      }

      condition {
        test     = "StringEquals"
        variable = "kms:CallerAccount"
        values   = [local.account_id]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.amazonaws.com"]
      }
    }
  }

  # Decrypt is needed because the bucket uses an S3 Bucket Key (CloudTrail User Guide, "Configure AWS KMS key
  # policies for CloudTrail").
  dynamic "statement" {
    for_each = contains(each.value, "logs") && var.cloudtrail_arn != null ? [1] : []

    content {
      sid       = "EncryptTrail"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["cloudtrail.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceArn"
        values   = [var.cloudtrail_arn]
      }
    }
  }

  dynamic "statement" {
    for_each = contains(each.value, "logs") && var.cloudtrail_arn != null ? [1] : []

    content {
      sid       = "DescribeForTrail"
      actions   = ["kms:DescribeKey"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["cloudtrail.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceArn"
        values   = [var.cloudtrail_arn]
      }
    }
  }

  dynamic "statement" {
    for_each = contains(each.value, "logs") && length(var.log_group_arns) > 0 ? [1] : []

    content {
      sid       = "EncryptLogGroups"
      actions   = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["logs.${local.region}.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "kms:EncryptionContext:aws:logs:arn"
        values   = var.log_group_arns
      }
    }
  }

  dynamic "statement" {
    for_each = contains(each.value, "logs") && var.allow_notifications ? [1] : []

    content {
      sid       = "PublishToEncryptedTopics"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["sagemaker.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account_id]
      }
    }
  }

  # EventBridge names no source when it publishes to an encrypted topic: with a condition on it, every alert would be
  # lost without an error. Who may publish is held to the account by the topic's own rules.
  dynamic "statement" {
    for_each = contains(each.value, "logs") && var.allow_notifications ? [1] : []

    content {
      sid       = "PublishAlertsToEncryptedTopics"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }
    }
  }

  ##############################################################################
  # Nobody else, whatever is added above
  ##############################################################################

  statement {
    sid       = "DenyOtherAccounts"
    effect    = "Deny"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "aws:PrincipalAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "BoolIfExists"
      variable = "aws:PrincipalIsAWSService"
      values   = ["false"]
    }
  }
}

locals {
  # What Ground Truth's role needs of the output's key (SageMaker Developer Guide, "Encrypt output data and storage
  # volume with AWS KMS").
  usage = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]

  # Everything but using the key and granting its use.
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
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
  ]
}
