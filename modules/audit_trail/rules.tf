################################################################################
# What raises an alert
#
# A pattern is a list of conditions on one event. "anything-but" matches only where the field is there, so each
# check has a second half for the field that is missing: what cannot be seen to be right raises an alert.
# A call that failed started nothing, so a missing field counts only in calls that succeeded.
################################################################################

locals {
  private_workteam_prefix = "arn:${local.partition}:sagemaker:${local.region}:${local.account_id}:workteam/private-crowd/"

  # null stands beside "anything-but", because whether that matches a null is not documented.
  # jsondecode, because the two forms have different types.
  another_workteam = jsondecode(
    length(var.private_workteam_arns) > 0
    ? jsonencode([{ "anything-but" = var.private_workteam_arns }, null])
    : jsonencode([{ "anything-but" = { prefix = local.private_workteam_prefix } }, null])
  )
  another_output_key = [{ "anything-but" = var.output_kms_key_arns }, null]
  another_volume_key = [{ "anything-but" = coalescelist(var.volume_kms_key_arns, var.output_kms_key_arns) }, null]

  missing   = [{ exists = false }]
  there     = [{ exists = true }]
  succeeded = { errorCode = local.missing }

  bucket_names = [for arn in concat(values(var.bucket_arns), ["arn:${local.partition}:s3:::${var.logs_bucket_name}"]) : split(":::", arn)[1]]
  watched_keys = distinct(concat([var.kms_key_arn], var.output_kms_key_arns, var.volume_kms_key_arns, var.watched_kms_key_arns))

  # Where the two calls that hand images to people keep their settings.
  calls = {
    labeling-job    = { name = "CreateLabelingJob", settings = "humanTaskConfig", subject = "A labeling job" }
    flow-definition = { name = "CreateFlowDefinition", settings = "humanLoopConfig", subject = "A human review workflow" }
  }

  ##############################################################################
  # Jobs that must not run
  ##############################################################################

  not_private = {
    for key, call in local.calls : "${key}-not-private" => {
      says    = "${call.subject} was asked for that does not go to a private workteam of this account"
      service = "sagemaker"
      detail = jsonencode({
        eventName = [call.name]
        "$or" = [
          { requestParameters = { (call.settings) = { workteamArn = local.another_workteam } } },
          merge(local.succeeded, { requestParameters = { (call.settings) = { workteamArn = local.missing } } }),
        ]
      })
    }
  }

  not_encrypted = {
    labeling-job-not-encrypted = {
      says    = "A labeling job was asked for whose output or volume is not encrypted with the right key"
      service = "sagemaker"
      detail = jsonencode({
        eventName = ["CreateLabelingJob"]
        "$or" = [
          { requestParameters = { outputConfig = { kmsKeyId = local.another_output_key } } },
          merge(local.succeeded, { requestParameters = { outputConfig = { kmsKeyId = local.missing } } }),
          { requestParameters = { labelingJobAlgorithmsConfig = { labelingJobResourceConfig = { volumeKmsKeyId = local.another_volume_key } } } },
          # Only automated labeling has volumes.
          merge(local.succeeded, { requestParameters = { labelingJobAlgorithmsConfig = {
            labelingJobAlgorithmSpecificationArn = local.there
            labelingJobResourceConfig            = { volumeKmsKeyId = local.missing }
          } } }),
        ]
      })
    }
    flow-definition-not-encrypted = {
      says    = "A human review workflow was asked for whose output is not encrypted with the right key"
      service = "sagemaker"
      detail = jsonencode({
        eventName = ["CreateFlowDefinition"]
        "$or" = [
          { requestParameters = { outputConfig = { kmsKeyId = local.another_output_key } } },
          merge(local.succeeded, { requestParameters = { outputConfig = { kmsKeyId = local.missing } } }),
        ]
      })
    }
  }

  refused = {
    job-refused = {
      says    = "A labeling job or human review workflow was refused for lack of permission: somebody met a guardrail"
      service = "sagemaker"
      detail = jsonencode({
        eventName = [for call in local.calls : call.name]
        errorCode = [{ prefix = "AccessDenied" }]
      })
    }
  }

  ##############################################################################
  # Changes to what keeps images in
  ##############################################################################

  tampering = {
    workforce-changed = {
      says    = "The workforce or a workteam was changed: who may see the images, and from where"
      service = "sagemaker"
      detail = jsonencode({
        eventName = ["CreateWorkforce", "UpdateWorkforce", "DeleteWorkforce", "CreateWorkteam", "UpdateWorkteam", "DeleteWorkteam"]
      })
    }

    key-changed = {
      says    = "A key was disabled, scheduled for deletion, or given another policy"
      service = "kms"
      detail = jsonencode({
        eventName = ["DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy", "DisableKeyRotation"]
        # KMS takes a key by its ARN or its id in these calls, never by an alias.
        requestParameters = { keyId = concat(local.watched_keys, [for arn in local.watched_keys : split("/", arn)[1]]) }
      })
    }

    bucket-changed = {
      says    = "A bucket's policy, encryption, versioning, logging or public access block was changed"
      service = "s3"
      detail = jsonencode({
        eventName = [
          "DeleteBucket",
          "DeleteBucketEncryption",
          "DeleteBucketPolicy",
          "DeleteBucketPublicAccessBlock",
          "DeletePublicAccessBlock",
          "PutBucketAcl",
          "PutBucketEncryption",
          "PutBucketLifecycle",
          "PutBucketLogging",
          "PutBucketPolicy",
          "PutBucketPublicAccessBlock",
          "PutBucketReplication",
          "PutBucketVersioning",
          "PutPublicAccessBlock",
        ]
        requestParameters = { bucketName = local.bucket_names }
      })
    }

    trail-changed = {
      says    = "A trail was stopped, deleted or told to record something else"
      service = "cloudtrail"
      detail = jsonencode({
        eventName = ["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"]
      })
    }

    log-group-changed = {
      says    = "A log group or stream was deleted, or keeps its events for another time or without its key"
      service = "logs"
      detail = jsonencode({
        eventName         = ["DeleteLogGroup", "DeleteLogStream", "DeleteRetentionPolicy", "PutRetentionPolicy", "DisassociateKmsKey"]
        requestParameters = { logGroupName = values(local.log_group_names) }
      })
    }

    alert-rule-changed = {
      says    = "A rule that raises these alerts was changed, disabled or deleted"
      service = "events"
      detail = jsonencode({
        eventName = ["DeleteRule", "DisableRule", "PutRule", "PutTargets", "RemoveTargets"]
        "$or" = [
          { requestParameters = { name = [{ prefix = "${var.name_prefix}-" }] } },
          { requestParameters = { rule = [{ prefix = "${var.name_prefix}-" }] } },
        ]
      })
    }

    alert-topic-changed = {
      says    = "The topic of these alerts was changed or deleted, or somebody was taken off it"
      service = "sns"
      detail = jsonencode({
        "$or" = [
          { eventName = ["DeleteTopic", "SetTopicAttributes", "RemovePermission"], requestParameters = { topicArn = [local.alerts_arn] } },
          { eventName = ["Unsubscribe"], requestParameters = { subscriptionArn = [{ prefix = "${local.alerts_arn}:" }] } },
        ]
      })
    }
  }

  ##############################################################################
  # All of them, as EventBridge wants them
  ##############################################################################

  api_call_facts = {
    call    = "$.detail.eventName"
    by      = "$.detail.userIdentity.arn"
    at      = "$.time"
    region  = "$.region"
    account = "$.account"
    error   = "$.detail.errorCode"
    event   = "$.detail.eventID"
  }

  api_call_rules = {
    for key, rule in merge(local.not_private, local.not_encrypted, local.refused, local.tampering) : key => {
      says  = rule.says
      facts = local.api_call_facts
      pattern = jsonencode({
        source      = ["aws.${rule.service}"]
        detail-type = ["AWS API Call via CloudTrail"]
        detail = merge(
          { eventSource = ["${rule.service}.amazonaws.com"] },
          jsondecode(rule.detail),
        )
      })
    }
  }

  job_state_rules = {
    job-state = {
      says = "A labeling job has ended"
      facts = {
        job     = "$.resources[0]"
        status  = "$.detail.LabelingJobStatus"
        at      = "$.time"
        region  = "$.region"
        account = "$.account"
      }
      pattern = jsonencode({
        source      = ["aws.sagemaker"]
        detail-type = ["SageMaker Ground Truth Labeling Job State Change"]
      })
    }
  }

  rules = merge(
    { for key, rule in local.api_call_rules : key => merge(rule, { facts = tomap(rule.facts) }) },
    { for key, rule in local.job_state_rules : key => merge(rule, { facts = tomap(rule.facts) }) if var.notify_job_states },
  )
}
