data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  # The Region's name has another attribute in provider 5 than in 6; its id is the same in both.
  region = data.aws_region.this.id

  trail_name = "${var.name_prefix}-trail"
  trail_arn  = "arn:${local.partition}:cloudtrail:${local.region}:${local.account_id}:trail/${local.trail_name}"

  # Built here, so that a plan shows the event patterns whole.
  alerts_name = "${var.name_prefix}-alerts"
  alerts_arn  = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${local.alerts_name}"

  undelivered_name = "${local.alerts_name}-undelivered"
  undelivered_arn  = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.undelivered_name}"

  # The names are the service's own.
  ground_truth_log_groups = {
    labeling_jobs   = "/aws/sagemaker/LabelingJobs"
    worker_activity = "/aws/sagemaker/groundtruth/WorkerActivity"
  }
  trail_log_group = "/aws/cloudtrail/${local.trail_name}"
  log_group_names = merge(local.ground_truth_log_groups, var.create_trail ? { trail = local.trail_log_group } : {})

  log_group_arns = {
    for purpose, name in local.log_group_names :
    purpose => "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${name}"
  }
}

################################################################################
# Log groups
################################################################################

resource "aws_cloudwatch_log_group" "ground_truth" {
  #checkov:skip=CKV_AWS_338:Six years by default; less than that is refused unless allow_short_retention says that no such duty applies.
  for_each = var.create_log_groups ? local.ground_truth_log_groups : {}

  name              = each.value
  kms_key_id        = var.kms_key_arn
  retention_in_days = var.retention_in_days
  skip_destroy      = var.keep_log_groups
  tags              = var.tags
}

resource "aws_cloudwatch_log_group" "trail" {
  #checkov:skip=CKV_AWS_338:Six years by default; less than that is refused unless allow_short_retention says that no such duty applies.
  count = var.create_trail ? 1 : 0

  name              = local.trail_log_group
  kms_key_id        = var.kms_key_arn
  retention_in_days = var.retention_in_days
  skip_destroy      = var.keep_log_groups
  tags              = var.tags
}

################################################################################
# Trail
################################################################################

resource "aws_cloudtrail" "this" {
  #checkov:skip=CKV_AWS_252:A notice of each delivered log file tells nobody anything; the alerts below come from the events themselves.
  count = var.create_trail ? 1 : 0

  name                          = local.trail_name
  s3_bucket_name                = var.logs_bucket_name
  s3_key_prefix                 = "cloudtrail"
  kms_key_id                    = var.kms_key_arn
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail[0].arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail[0].arn
  tags                          = var.tags

  advanced_event_selector {
    name = "Management events"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }

  # A worker who looks at an image appears nowhere but here.
  advanced_event_selector {
    name = "Reads and writes of images and labels"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field       = "resources.ARN"
      starts_with = ["${var.bucket_arns.scans}/", "${var.bucket_arns.labels}/"]
    }
  }

  depends_on = [aws_iam_role_policy_attachment.trail]
}

resource "aws_iam_role" "trail" {
  count = var.create_trail ? 1 : 0

  name                 = "${local.trail_name}-to-logs"
  description          = "CloudTrail writes its events to CloudWatch Logs with this role"
  assume_role_policy   = data.aws_iam_policy_document.trail_trust.json
  max_session_duration = 3600
  tags                 = var.tags
}

data "aws_iam_policy_document" "trail_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }
  }
}

resource "aws_iam_policy" "trail" {
  count = var.create_trail ? 1 : 0

  name        = "${local.trail_name}-to-logs"
  description = "What CloudTrail needs to write to its log group"
  policy      = data.aws_iam_policy_document.trail[0].json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "trail" {
  count = var.create_trail ? 1 : 0

  role       = aws_iam_role.trail[0].name
  policy_arn = aws_iam_policy.trail[0].arn
}

data "aws_iam_policy_document" "trail" {
  count = var.create_trail ? 1 : 0

  statement {
    sid     = "WriteTrailEvents"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    # CloudTrail names its streams ACCOUNT_CloudTrail_REGION, with a number where one is not enough.
    resources = ["${local.log_group_arns.trail}:log-stream:${local.account_id}_CloudTrail_${local.region}*"]
  }
}

################################################################################
# Alerts: an encrypted topic that EventBridge publishes to
################################################################################

resource "aws_sns_topic" "alerts" {
  name              = local.alerts_name
  kms_master_key_id = var.kms_key_arn
  tags              = var.tags
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = data.aws_iam_policy_document.alerts.json
}

data "aws_iam_policy_document" "alerts" {
  # EventBridge sends SNS no aws:SourceArn and no aws:SourceAccount: a condition on them would drop every alert
  # without a word ("Using resource-based policies for Amazon EventBridge", section Amazon SNS permissions).
  statement {
    sid       = "PublishAlerts"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }

  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]

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
}

resource "aws_sns_topic_subscription" "alerts" {
  for_each = var.alert_emails

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sqs_queue" "undelivered" {
  count = var.create_dead_letter_queue ? 1 : 0

  name                      = local.undelivered_name
  kms_master_key_id         = var.kms_key_arn
  message_retention_seconds = 14 * 24 * 3600
  policy                    = data.aws_iam_policy_document.undelivered[0].json
  tags                      = var.tags
}

data "aws_iam_policy_document" "undelivered" {
  count = var.create_dead_letter_queue ? 1 : 0

  statement {
    sid       = "KeepUndeliveredAlerts"
    actions   = ["sqs:SendMessage"]
    resources = [local.undelivered_arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [for rule in aws_cloudwatch_event_rule.this : rule.arn]
    }
  }

  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [local.undelivered_arn]

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
}

################################################################################
# Rules
################################################################################

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.rules

  name          = "${var.name_prefix}-${each.key}"
  description   = each.value.says
  event_pattern = each.value.pattern
  tags          = var.tags

  lifecycle {
    precondition {
      condition     = alltrue([for arn in var.private_workteam_arns : startswith(arn, local.private_workteam_prefix)])
      error_message = "private_workteam_arns must be of this account and Region (${local.private_workteam_prefix}NAME): only the account's own people may see the images."
    }

    # EventBridge's quota for the size of a pattern.
    precondition {
      condition     = length(each.value.pattern) <= 2048
      error_message = "The event pattern of ${var.name_prefix}-${each.key} has ${length(each.value.pattern)} characters, and EventBridge takes 2048: name fewer workteams or keys, or leave private_workteam_arns empty to accept every private workteam of this account."
    }
  }
}

resource "aws_cloudwatch_event_target" "alerts" {
  for_each = local.rules

  rule      = aws_cloudwatch_event_rule.this[each.key].name
  target_id = "alerts"
  arn       = aws_sns_topic.alerts.arn

  # Mail is not encrypted, and a request names files and people: of the event only what identifies it is sent on.
  # (jsonencode would turn the angle brackets into escapes.)
  input_transformer {
    input_paths    = each.value.facts
    input_template = "\"${each.value.says}. ${join(", ", [for name in keys(each.value.facts) : "${name}: <${name}>"])}\""
  }

  dynamic "dead_letter_config" {
    for_each = aws_sqs_queue.undelivered

    content {
      arn = dead_letter_config.value.arn
    }
  }

  # An alert that is raised while the topic still refuses it is lost.
  depends_on = [aws_sns_topic_policy.alerts]
}
