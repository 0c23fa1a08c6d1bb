data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  # The Region's name has another attribute in provider 5 than in 6; its id is the same in both.
  region = data.aws_region.this.id

  # Beginnings of ARNs in this account and Region.
  sagemaker = "arn:${local.partition}:sagemaker:${local.region}:${local.account_id}"
  logs      = "arn:${local.partition}:logs:${local.region}:${local.account_id}"

  buckets = [var.bucket_arns.scans, var.bucket_arns.labels]
  objects = [for arn in local.buckets : "${arn}/*"]

  execution_name = "${var.name_prefix}-labeling-execution"
  launcher_name  = "${var.name_prefix}-labeling-launcher"
  auditor_name   = "${var.name_prefix}-labeling-auditor"

  trusted = {
    for role, arns in { launcher = var.launcher_trusted_arns, auditor = var.auditor_trusted_arns } :
    role => {
      roles     = [for arn in arns : arn if strcontains(arn, ":role/")]
      users     = [for arn in arns : arn if strcontains(arn, ":user/")]
      strangers = [for arn in arns : arn if !contains(concat([local.account_id], tolist(var.trusted_account_ids)), split(":", arn)[4])]
    }
  }
}

################################################################################
# Execution role: with it Ground Truth reads images and writes labels
################################################################################

resource "aws_iam_role" "execution" {
  name                 = local.execution_name
  description          = "Ground Truth reads images and writes labels with this role"
  assume_role_policy   = data.aws_iam_policy_document.execution_trust.json
  permissions_boundary = var.permissions_boundary_arn
  max_session_duration = 3600
  tags                 = var.tags
}

data "aws_iam_policy_document" "execution_trust" {
  statement {
    sid     = "GroundTruthForThisAccountOnly"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    # AWS documents this key for other SageMaker jobs and not for labeling jobs: it narrows where it is sent, and a
    # job does not fail where it is not.
    condition {
      test     = "ArnLikeIfExists"
      variable = "aws:SourceArn"
      values   = ["${local.sagemaker}:*"]
    }
  }
}

resource "aws_iam_policy" "execution" {
  name        = local.execution_name
  description = "What Ground Truth needs for bounding-box jobs; its use of the keys stands in the key policies"
  policy      = data.aws_iam_policy_document.execution.json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = aws_iam_policy.execution.arn
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "FindObjects"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = local.buckets
  }

  statement {
    sid       = "ReadImagesAndManifests"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arns.scans}/*"]
  }

  statement {
    sid       = "ReadConfigurationAndWriteLabels"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket_arns.labels}/*"]
  }

  statement {
    sid     = "WriteLogs"
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = flatten([
      for name in var.log_group_names : ["${local.logs}:log-group:${name}", "${local.logs}:log-group:${name}:log-stream:*"]
    ])
  }

  # CloudWatch metrics have no ARN; the namespace is what can be named. AWS itself spells it SageMaker and Sagemaker.
  statement {
    sid       = "CountWork"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEqualsIgnoreCase"
      variable = "cloudwatch:namespace"
      values   = ["AWS/SageMaker/LabelingJobs", "AWS/SageMaker/Workteam", "/aws/sagemaker/LabelingJobs"]
    }
  }
}

################################################################################
# Launcher role: people and pipelines that launch labeling jobs
################################################################################

resource "aws_iam_role" "launcher" {
  count = length(var.launcher_trusted_arns) > 0 ? 1 : 0

  name                 = local.launcher_name
  description          = "Launches labeling jobs for private workteams, with output under the given keys"
  assume_role_policy   = data.aws_iam_policy_document.people_trust["launcher"].json
  permissions_boundary = try(coalesce(var.launcher_permissions_boundary_arn, var.permissions_boundary_arn), null)
  max_session_duration = 3600
  tags                 = var.tags

  lifecycle {
    precondition {
      condition     = length(local.trusted["launcher"].strangers) == 0
      error_message = "launcher_trusted_arns names another account: ${join(", ", local.trusted["launcher"].strangers)}. Add that account to trusted_account_ids, or take the entry out."
    }
  }
}

data "aws_iam_policy_document" "people_trust" {
  for_each = { for role, trusted in local.trusted : role => trusted if length(trusted.roles) + length(trusted.users) > 0 }

  dynamic "statement" {
    for_each = length(each.value.roles) > 0 ? [1] : []

    content {
      sid     = "NamedRoles"
      actions = ["sts:AssumeRole"]

      principals {
        type        = "AWS"
        identifiers = each.value.roles
      }
    }
  }

  dynamic "statement" {
    for_each = length(each.value.users) > 0 ? [1] : []

    content {
      sid     = "NamedUsers"
      actions = ["sts:AssumeRole"]

      principals {
        type        = "AWS"
        identifiers = each.value.users
      }

      dynamic "condition" {
        for_each = var.require_mfa ? [1] : []

        content {
          test     = "Bool"
          variable = "aws:MultiFactorAuthPresent"
          values   = ["true"]
        }
      }
    }
  }
}

resource "aws_iam_policy" "launcher" {
  count = length(var.launcher_trusted_arns) > 0 ? 1 : 0

  name        = local.launcher_name
  description = "Labeling jobs for private workteams only, their input and output; the use of the keys stands in the key policies"
  policy      = data.aws_iam_policy_document.launcher[0].json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "launcher" {
  count = length(var.launcher_trusted_arns) > 0 ? 1 : 0

  role       = aws_iam_role.launcher[0].name
  policy_arn = aws_iam_policy.launcher[0].arn
}

data "aws_iam_policy_document" "launcher" {
  count = length(var.launcher_trusted_arns) > 0 ? 1 : 0

  # The names of the two key conditions changed in 2026, and which of them the service sends is not documented. So
  # there is a statement for each generation, and neither allows a job whose key is missing or another one.
  dynamic "statement" {
    for_each = { new = "sagemaker:OutputKmsKeyArn", old = "sagemaker:OutputKmsKey" }

    content {
      sid       = statement.key == "new" ? "LaunchPrivateEncryptedJobs" : "LaunchPrivateEncryptedJobsOldKeyNames"
      actions   = ["sagemaker:CreateLabelingJob"]
      resources = ["${local.sagemaker}:labeling-job/*"]

      condition {
        test     = "StringEquals"
        variable = "sagemaker:WorkteamType"
        values   = ["private-crowd"]
      }

      condition {
        test     = "ArnEquals"
        variable = "sagemaker:WorkteamArn"
        values   = var.workteam_arns
      }

      condition {
        test     = "ArnEquals"
        variable = statement.value
        values   = var.output_kms_key_arns
      }

      # Where both generations are sent, the new one decides.
      dynamic "condition" {
        for_each = statement.key == "old" ? [1] : []

        content {
          test     = "Null"
          variable = "sagemaker:OutputKmsKeyArn"
          values   = ["true"]
        }
      }

      # Only automated labeling has volumes.
      dynamic "condition" {
        for_each = ["sagemaker:VolumeKmsKeyArn", "sagemaker:VolumeKmsKey"]

        content {
          test     = "ArnEqualsIfExists"
          variable = condition.value
          values   = var.output_kms_key_arns
        }
      }
    }
  }

  statement {
    sid = "FollowAndStopJobs"
    actions = [
      "sagemaker:AddTags",
      "sagemaker:DescribeLabelingJob",
      "sagemaker:ListTags",
      "sagemaker:StopLabelingJob",
    ]
    resources = ["${local.sagemaker}:labeling-job/*"]
  }

  statement {
    sid       = "ReadWorkteams"
    actions   = ["sagemaker:DescribeWorkteam", "sagemaker:ListLabelingJobsForWorkteam"]
    resources = var.workteam_arns
  }

  statement {
    sid       = "ReadWorkforce"
    actions   = ["sagemaker:DescribeWorkforce"]
    resources = ["${local.sagemaker}:workforce/*"]
  }

  # These know no resources.
  statement {
    sid = "FindJobsAndTryTemplates"
    actions = [
      "s3:GetAccountPublicAccessBlock",
      "sagemaker:ListLabelingJobs",
      "sagemaker:ListWorkforces",
      "sagemaker:ListWorkteams",
      "sagemaker:RenderUiTemplate",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "PassTheExecutionRoleToGroundTruth"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.execution.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }

  # What `gtctl job launch` looks at first, and at a job that stands still: whether the execution role can do what the
  # job needs, keys, buckets, and people.
  statement {
    sid = "CheckTheExecutionRole"
    actions = [
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListRolePolicies",
      "iam:SimulatePrincipalPolicy",
    ]
    resources = [aws_iam_role.execution.arn]
  }

  statement {
    sid       = "CheckItsPolicy"
    actions   = ["iam:GetPolicy", "iam:GetPolicyVersion"]
    resources = [aws_iam_policy.execution.arn]
  }

  statement {
    sid       = "CheckTheKeys"
    actions   = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"]
    resources = distinct(concat(var.output_kms_key_arns, var.scans_kms_key_arns))
  }

  dynamic "statement" {
    for_each = var.user_pool_id == null ? [] : [1]

    content {
      sid = "CheckWhoCanSignIn"
      actions = [
        "cognito-idp:DescribeUserPool",
        "cognito-idp:DescribeUserPoolClient",
        "cognito-idp:GetGroup",
        "cognito-idp:ListUsersInGroup",
      ]
      resources = ["arn:${local.partition}:cognito-idp:${local.region}:${local.account_id}:userpool/${var.user_pool_id}"]
    }
  }

  dynamic "statement" {
    for_each = length(var.notification_topic_arns) > 0 ? [1] : []

    content {
      sid       = "CheckTheNotificationTopics"
      actions   = ["sns:GetTopicAttributes"]
      resources = var.notification_topic_arns
    }
  }

  statement {
    sid       = "SeeWhyAJobStandsStill"
    actions   = ["logs:FilterLogEvents"]
    resources = [for name in var.log_group_names : "${local.logs}:log-group:${name}:*"]
  }

  statement {
    sid = "FindObjectsAndCheckBuckets"
    actions = [
      "s3:GetBucketAcl",
      "s3:GetBucketCORS",
      "s3:GetBucketLocation",
      "s3:GetBucketOwnershipControls",
      "s3:GetBucketPolicy",
      "s3:GetBucketPublicAccessBlock",
      "s3:GetEncryptionConfiguration",
      "s3:ListBucket",
    ]
    resources = local.buckets
  }

  # No deletion: what was labeled stays provable.
  statement {
    sid       = "ReadAndWriteScansAndLabels"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = local.objects
  }
}

################################################################################
# Auditor role: reads settings, never an image or a label
################################################################################

resource "aws_iam_role" "auditor" {
  count = length(var.auditor_trusted_arns) > 0 ? 1 : 0

  name                 = local.auditor_name
  description          = "Reads the settings that an audit needs; no image, no label, no log entry"
  assume_role_policy   = data.aws_iam_policy_document.people_trust["auditor"].json
  permissions_boundary = var.permissions_boundary_arn
  max_session_duration = 3600
  tags                 = var.tags

  lifecycle {
    precondition {
      condition     = length(local.trusted["auditor"].strangers) == 0
      error_message = "auditor_trusted_arns names another account: ${join(", ", local.trusted["auditor"].strangers)}. Add that account to trusted_account_ids, or take the entry out."
    }
  }
}

resource "aws_iam_policy" "auditor" {
  count = length(var.auditor_trusted_arns) > 0 ? 1 : 0

  name        = local.auditor_name
  description = "Read-only: settings of labeling jobs, workforces, buckets, keys, pools, trails, topics and roles"
  policy      = data.aws_iam_policy_document.auditor[0].json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "auditor" {
  count = length(var.auditor_trusted_arns) > 0 ? 1 : 0

  role       = aws_iam_role.auditor[0].name
  policy_arn = aws_iam_policy.auditor[0].arn
}

# An audit looks for what nobody told it of: past jobs, other teams, other buckets. So the resources are this
# account's, not only the stack's.
data "aws_iam_policy_document" "auditor" {
  count = length(var.auditor_trusted_arns) > 0 ? 1 : 0

  # These know no resources.
  statement {
    sid = "FindEverything"
    actions = [
      "cloudtrail:DescribeTrails",
      "cloudtrail:ListTrails",
      "cloudtrail:LookupEvents",
      "cognito-identity:ListIdentityPools",
      "cognito-idp:ListUserPools",
      "events:ListRules",
      "iam:GetAccountAuthorizationDetails",
      "iam:ListPolicies",
      "iam:ListRoles",
      "kms:ListAliases",
      "kms:ListKeys",
      "logs:DescribeLogGroups",
      "s3:GetAccountPublicAccessBlock",
      "s3:ListAllMyBuckets",
      "sagemaker:ListFlowDefinitions",
      "sagemaker:ListLabelingJobs",
      "sagemaker:ListSubscribedWorkteams",
      "sagemaker:ListWorkforces",
      "sagemaker:ListWorkteams",
      "sns:ListTopics",
      "sqs:ListQueues",
    ]
    resources = ["*"]
  }

  statement {
    sid = "ReadLabeling"
    actions = [
      "sagemaker:DescribeFlowDefinition",
      "sagemaker:DescribeLabelingJob",
      "sagemaker:DescribeWorkforce",
      "sagemaker:DescribeWorkteam",
      "sagemaker:ListLabelingJobsForWorkteam",
      "sagemaker:ListTags",
    ]
    resources = [
      for kind in ["flow-definition", "labeling-job", "workforce", "workteam"] : "${local.sagemaker}:${kind}/*"
    ]
  }

  statement {
    sid = "ReadBucketSettings"
    actions = [
      "s3:GetBucketAcl",
      "s3:GetBucketCORS",
      "s3:GetBucketLocation",
      "s3:GetBucketLogging",
      "s3:GetBucketNotification",
      "s3:GetBucketObjectLockConfiguration",
      "s3:GetBucketOwnershipControls",
      "s3:GetBucketPolicy",
      "s3:GetBucketPolicyStatus",
      "s3:GetBucketPublicAccessBlock",
      "s3:GetBucketTagging",
      "s3:GetBucketVersioning",
      "s3:GetEncryptionConfiguration",
      "s3:GetLifecycleConfiguration",
      "s3:GetReplicationConfiguration",
    ]
    resources = ["arn:${local.partition}:s3:::*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = [local.account_id]
    }
  }

  statement {
    sid = "ReadKeySettings"
    actions = [
      "kms:DescribeKey",
      "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:ListGrants",
      "kms:ListResourceTags",
    ]
    resources = ["arn:${local.partition}:kms:${local.region}:${local.account_id}:key/*"]
  }

  # Who can sign in, who is in a team, and who has a second factor. DescribeUserPoolClient also tells the client's
  # secret, with which alone nobody signs in.
  statement {
    sid = "ReadUserPools"
    actions = [
      "cognito-idp:AdminGetUser",
      "cognito-idp:DescribeUserPool",
      "cognito-idp:DescribeUserPoolClient",
      "cognito-idp:GetGroup",
      "cognito-idp:GetUserPoolMfaConfig",
      "cognito-idp:ListGroups",
      "cognito-idp:ListIdentityProviders",
      "cognito-idp:ListUserPoolClients",
      "cognito-idp:ListUsersInGroup",
    ]
    resources = ["arn:${local.partition}:cognito-idp:${local.region}:${local.account_id}:userpool/*"]
  }

  statement {
    sid       = "ReadIdentityPools"
    actions   = ["cognito-identity:DescribeIdentityPool"]
    resources = ["arn:${local.partition}:cognito-identity:${local.region}:${local.account_id}:identitypool/*"]
  }

  statement {
    sid       = "ReadTrails"
    actions   = ["cloudtrail:GetEventSelectors", "cloudtrail:GetTrail", "cloudtrail:GetTrailStatus", "cloudtrail:ListTags"]
    resources = ["arn:${local.partition}:cloudtrail:*:${local.account_id}:trail/*"]
  }

  statement {
    sid       = "ReadEventRules"
    actions   = ["events:DescribeRule", "events:ListTargetsByRule"]
    resources = ["arn:${local.partition}:events:${local.region}:${local.account_id}:rule/*"]
  }

  statement {
    sid       = "ReadTopics"
    actions   = ["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"]
    resources = ["arn:${local.partition}:sns:${local.region}:${local.account_id}:*"]
  }

  statement {
    sid       = "ReadQueues"
    actions   = ["sqs:GetQueueAttributes"]
    resources = ["arn:${local.partition}:sqs:${local.region}:${local.account_id}:*"]
  }

  statement {
    sid       = "ReadLogGroupTags"
    actions   = ["logs:ListTagsForResource"]
    resources = ["${local.logs}:log-group:*"]
  }

  statement {
    sid = "ReadRolesAndPolicies"
    actions = [
      "iam:GetPolicy",
      "iam:GetPolicyVersion",
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListEntitiesForPolicy",
      "iam:ListRolePolicies",
      "iam:SimulatePrincipalPolicy",
    ]
    # AWS's own policies belong to no account of twelve digits, and other accounts' can't be read anyway.
    resources = [
      "arn:${local.partition}:iam::${local.account_id}:role/*",
      "arn:${local.partition}:iam::*:policy/*",
    ]
  }
}
