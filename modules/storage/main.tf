data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  # The Region's name has another attribute in provider 5 than in 6; its id is the same in both.
  region = data.aws_region.this.id

  # Bucket names are unique in all the world: the account's id makes them so. With a prefix of at most 32 characters
  # they have at most 52 of the 63 that S3 takes. The ARNs are built, so that a plan shows the policies in full.
  names = { for purpose in ["scans", "labels", "logs"] : purpose => "${var.name_prefix}-${purpose}-${local.account_id}" }
  arns  = { for purpose, name in local.names : purpose => "arn:${local.partition}:s3:::${name}" }

  data_buckets = toset(["scans", "labels"])
}

################################################################################
# Buckets
################################################################################

resource "aws_s3_bucket" "this" {
  for_each = local.names

  #checkov:skip=CKV_AWS_18:Scans and labels are logged; the logs bucket receives the logs and S3 says that it must not log itself
  #checkov:skip=CKV_AWS_145:Scans and labels are encrypted with KMS; S3 delivers access logs to an SSE-S3 bucket only
  #checkov:skip=CKV_AWS_144:Replication is a choice (replication); where the copies lie is the customer's to say
  bucket        = each.value
  force_destroy = var.force_destroy
  tags          = var.tags
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.data_buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.kms_key_arns[each.key]
    }
  }
}

# S3 delivers access logs to a bucket whose default is SSE-S3 only: with SSE-KMS it "might deliver log objects that are
# encrypted with a key that you can't access" (S3 User Guide, "Enabling Amazon S3 server access logging"). The trail's
# files are encrypted with the logs key all the same, because the trail asks for it.
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.this["logs"].id

  rule {
    bucket_key_enabled = var.logs_default_encryption == "aws:kms"

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.logs_default_encryption
      kms_master_key_id = var.logs_default_encryption == "aws:kms" ? var.kms_key_arns.logs : null
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_logging" "this" {
  for_each = local.data_buckets

  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.this["logs"].id
  target_prefix = "s3/${each.key}/"

  depends_on = [aws_s3_bucket_policy.this]
}

# The rule that Ground Truth asks for on every bucket with images; without it each task fails. It lets a page
# read what it was given an address for, and grants no access by itself.
resource "aws_s3_bucket_cors_configuration" "scans" {
  bucket = aws_s3_bucket.this["scans"].id

  cors_rule {
    allowed_headers = []
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
    expose_headers  = ["Access-Control-Allow-Origin"]
  }
}

resource "aws_s3_bucket_notification" "this" {
  for_each = var.eventbridge_notifications ? aws_s3_bucket.this : {}

  bucket      = each.value.id
  eventbridge = true
}

################################################################################
# Retention
################################################################################

locals {
  expiration_days = {
    scans  = var.scans_expiration_days
    labels = var.labels_expiration_days
    logs   = var.logs_expiration_days
  }

  tidied = var.noncurrent_version_days != null || var.abort_incomplete_upload_days != null

  # S3 takes no lifecycle configuration without rules.
  lifecycle_buckets = toset([for purpose, days in local.expiration_days : purpose if days != null || local.tidied])
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.lifecycle_buckets

  #checkov:skip=CKV_AWS_300:The first rule aborts them after abort_incomplete_upload_days; checkov does not find it among several dynamic rules
  bucket = aws_s3_bucket.this[each.key].id

  dynamic "rule" {
    for_each = var.abort_incomplete_upload_days == null ? [] : [1]

    content {
      id     = "incomplete-uploads"
      status = "Enabled"

      filter {}

      abort_incomplete_multipart_upload {
        days_after_initiation = var.abort_incomplete_upload_days
      }
    }
  }

  dynamic "rule" {
    for_each = var.noncurrent_version_days == null ? [] : [1]

    content {
      id     = "noncurrent-versions"
      status = "Enabled"

      filter {}

      noncurrent_version_expiration {
        noncurrent_days = var.noncurrent_version_days
      }
    }
  }

  dynamic "rule" {
    for_each = local.expiration_days[each.key] == null ? [] : [1]

    content {
      id     = "expire"
      status = "Enabled"

      filter {}

      expiration {
        days = local.expiration_days[each.key]
      }
    }
  }

  # What is left of a deleted object once its versions are gone.
  dynamic "rule" {
    for_each = var.noncurrent_version_days == null ? [] : [1]

    content {
      id     = "delete-markers"
      status = "Enabled"

      filter {}

      expiration {
        expired_object_delete_marker = true
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_object_lock_configuration" "this" {
  for_each = var.object_lock == null ? toset([]) : var.object_lock.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    default_retention {
      mode = var.object_lock.mode
      days = var.object_lock.days
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

################################################################################
# Replication
################################################################################

locals {
  replicated            = var.replication == null ? {} : { scans = var.replication.scans, labels = var.replication.labels }
  replication_role_name = "${var.name_prefix}-replication"
  replication_role_arn  = "arn:${local.partition}:iam::${local.account_id}:role/${local.replication_role_name}"
}

resource "aws_iam_role" "replication" {
  count = var.replication == null ? 0 : 1

  name                 = local.replication_role_name
  description          = "S3 copies scans and labels with this role"
  assume_role_policy   = data.aws_iam_policy_document.replication_trust.json
  max_session_duration = 3600
  tags                 = var.tags
}

data "aws_iam_policy_document" "replication_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [for purpose in local.data_buckets : local.arns[purpose]]
    }
  }
}

resource "aws_iam_policy" "replication" {
  count = var.replication == null ? 0 : 1

  name        = local.replication_role_name
  description = "What S3 needs to copy scans and labels; its use of their keys stands in the key policies"
  policy      = data.aws_iam_policy_document.replication[0].json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "replication" {
  count = var.replication == null ? 0 : 1

  role       = aws_iam_role.replication[0].name
  policy_arn = aws_iam_policy.replication[0].arn
}

data "aws_iam_policy_document" "replication" {
  count = var.replication == null ? 0 : 1

  statement {
    sid       = "FindWhatToCopy"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [for purpose in keys(local.replicated) : local.arns[purpose]]
  }

  statement {
    sid = "ReadWhatToCopy"
    actions = [
      "s3:GetObjectLegalHold",
      "s3:GetObjectRetention",
      "s3:GetObjectVersionAcl",
      "s3:GetObjectVersionForReplication",
      "s3:GetObjectVersionTagging",
    ]
    resources = [for purpose in keys(local.replicated) : "${local.arns[purpose]}/*"]
  }

  statement {
    sid       = "WriteCopies"
    actions   = ["s3:ReplicateObject", "s3:ReplicateTags"]
    resources = [for destination in values(local.replicated) : "${destination.bucket_arn}/*"]
  }

  # A key of another account needs the right on both sides, and S3 Bucket Keys need Decrypt to check the bucket's key.
  # A key of this account says so in its own policy, where the conformance pack wants it.
  dynamic "statement" {
    for_each = local.replicated

    content {
      sid       = "EncryptCopiesOf${title(statement.key)}"
      actions   = split(":", statement.value.kms_key_arn)[4] == local.account_id ? ["kms:Encrypt"] : ["kms:Decrypt", "kms:Encrypt"]
      resources = [statement.value.kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${split(":", statement.value.kms_key_arn)[3]}.amazonaws.com"]
      }
    }
  }
}

resource "aws_s3_bucket_replication_configuration" "this" {
  for_each = local.replicated

  bucket = aws_s3_bucket.this[each.key].id
  role   = aws_iam_role.replication[0].arn

  rule {
    id       = "all"
    priority = 0
    status   = "Enabled"

    filter {}

    # A copy outlives the deletion of its original.
    delete_marker_replication {
      status = "Disabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket = each.value.bucket_arn

      encryption_configuration {
        replica_kms_key_id = each.value.kms_key_arn
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this, aws_iam_role_policy_attachment.replication]
}

################################################################################
# Bucket policies
################################################################################

locals {
  # From these Ground Truth itself reads images and writes labels (SageMaker Developer Guide, "Run an Amazon SageMaker
  # Ground Truth Labeling Job in an Amazon Virtual Private Cloud").
  ground_truth_endpoints = {
    ap-northeast-1 = "vpce-0247996a1a1807dbd"
    ap-northeast-2 = "vpce-007893f89e05f2bbf"
    ap-south-1     = "vpce-0d7fcda14e1783f11"
    ap-southeast-1 = "vpce-0e7e67b32e9efed27"
    ap-southeast-2 = "vpce-0b7609e6f305a77d4"
    ca-central-1   = "vpce-0d46ea4c9ff55e1b7"
    eu-central-1   = "vpce-0865e7194a099183d"
    eu-west-1      = "vpce-0788e7ed8628e595d"
    eu-west-2      = "vpce-0bccd56798f4c5df0"
    us-east-1      = "vpce-08408e335ebf95b40"
    us-east-2      = "vpce-02569ba1c40aad0bc"
    us-west-2      = "vpce-0ea07aa498eb78469"
  }

  # Content only. Settings stay reachable, else nobody could mend a wrong list of endpoints; s3:ListBucket stays too,
  # because without it Terraform can't see that the bucket is there.
  data_actions = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject*",
    "s3:GetObject*",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:PutObject*",
    "s3:RestoreObject",
  ]
}

resource "aws_s3_bucket_policy" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  policy = data.aws_iam_policy_document.bucket[each.key].json

  lifecycle {
    precondition {
      condition     = length(var.vpc_endpoint_ids) == 0 || contains(keys(local.ground_truth_endpoints), local.region)
      error_message = "Ground Truth's own VPC endpoint in ${local.region} is not known, so a restriction to VPC endpoints would lock it out: leave vpc_endpoint_ids empty, or choose a Region with the built-in bounding-box task."
    }
  }

  depends_on = [aws_s3_bucket_public_access_block.this]
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.names

  ##############################################################################
  # Connections and callers
  ##############################################################################

  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.arns[each.key], "${local.arns[each.key]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  statement {
    sid       = "DenyOldTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.arns[each.key], "${local.arns[each.key]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "NumericLessThan"
      variable = "s3:TlsVersion"
      values   = ["1.2"]
    }
  }

  statement {
    sid       = "DenyOtherAccounts"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.arns[each.key], "${local.arns[each.key]}/*"]

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

  dynamic "statement" {
    for_each = contains(local.data_buckets, each.key) && length(var.vpc_endpoint_ids) > 0 ? [1] : []

    content {
      sid       = "DenyOutsideVpcEndpoints"
      effect    = "Deny"
      actions   = local.data_actions
      resources = [local.arns[each.key], "${local.arns[each.key]}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "StringNotEquals"
        variable = "aws:SourceVpce"
        values   = concat(sort(var.vpc_endpoint_ids), [lookup(local.ground_truth_endpoints, local.region, "unknown")])
      }

      condition {
        test     = "BoolIfExists"
        variable = "aws:PrincipalIsAWSService"
        values   = ["false"]
      }

      # S3 replicates with this role from its own network.
      dynamic "condition" {
        for_each = var.replication == null ? [] : [1]

        content {
          test     = "ArnNotEquals"
          variable = "aws:PrincipalArn"
          values   = [local.replication_role_arn]
        }
      }
    }
  }

  ##############################################################################
  # Encryption. A put that says nothing is encrypted by the bucket's default,
  # which is the right key.
  ##############################################################################

  dynamic "statement" {
    for_each = contains(local.data_buckets, each.key) ? [1] : []

    content {
      sid       = "DenyOtherEncryption"
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${local.arns[each.key]}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Null"
        variable = "s3:x-amz-server-side-encryption"
        values   = ["false"]
      }

      condition {
        test     = "StringNotEquals"
        variable = "s3:x-amz-server-side-encryption"
        values   = ["aws:kms"]
      }
    }
  }

  dynamic "statement" {
    for_each = contains(local.data_buckets, each.key) ? [1] : []

    content {
      sid       = "DenyOtherKey"
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${local.arns[each.key]}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Null"
        variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
        values   = ["false"]
      }

      condition {
        test     = "ArnNotEquals"
        variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
        values   = [var.kms_key_arns[each.key]]
      }
    }
  }

  # SSE-KMS without a key is not the bucket's default: S3 takes the AWS managed key for it.
  dynamic "statement" {
    for_each = contains(local.data_buckets, each.key) ? [1] : []

    content {
      sid       = "DenyAwsManagedKey"
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${local.arns[each.key]}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Null"
        variable = "s3:x-amz-server-side-encryption"
        values   = ["false"]
      }

      condition {
        test     = "Null"
        variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
        values   = ["true"]
      }
    }
  }

  dynamic "statement" {
    for_each = contains(local.data_buckets, each.key) ? [1] : []

    content {
      sid       = "DenyCustomerProvidedKeys"
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${local.arns[each.key]}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Null"
        variable = "s3:x-amz-server-side-encryption-customer-algorithm"
        values   = ["false"]
      }
    }
  }

  dynamic "statement" {
    for_each = contains(local.data_buckets, each.key) && var.require_encryption_headers ? [1] : []

    content {
      sid       = "DenyMissingEncryption"
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${local.arns[each.key]}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Null"
        variable = "s3:x-amz-server-side-encryption"
        values   = ["true"]
      }
    }
  }

  ##############################################################################
  # Delivery of logs
  ##############################################################################

  dynamic "statement" {
    for_each = each.key == "logs" ? [1] : []

    content {
      sid       = "AllowServerAccessLogs"
      actions   = ["s3:PutObject"]
      resources = ["${local.arns.logs}/s3/*"]

      principals {
        type        = "Service"
        identifiers = ["logging.s3.amazonaws.com"]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = [for purpose in local.data_buckets : local.arns[purpose]]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account_id]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "logs" && var.cloudtrail_arn != null ? [1] : []

    content {
      sid       = "AllowTrailToCheck"
      actions   = ["s3:GetBucketAcl"]
      resources = [local.arns.logs]

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
    for_each = each.key == "logs" && var.cloudtrail_arn != null ? [1] : []

    content {
      sid       = "AllowTrailToWrite"
      actions   = ["s3:PutObject"]
      resources = ["${local.arns.logs}/cloudtrail/AWSLogs/${local.account_id}/*"]

      principals {
        type        = "Service"
        identifiers = ["cloudtrail.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceArn"
        values   = [var.cloudtrail_arn]
      }

      condition {
        test     = "StringEquals"
        variable = "s3:x-amz-acl"
        values   = ["bucket-owner-full-control"]
      }
    }
  }
}
