mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  name_prefix           = "radiology"
  logs_bucket_name      = "radiology-logs"
  kms_key_arn           = "arn:aws:kms:eu-west-1:123456789012:key/0c0c0c0c-cccc-4ccc-8ccc-0c0c0c0c0c0c"
  output_kms_key_arns   = ["arn:aws:kms:eu-west-1:123456789012:key/0a0a0a0a-aaaa-4aaa-8aaa-0a0a0a0a0a0a"]
  private_workteam_arns = ["arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/readers"]
  bucket_arns = {
    scans  = "arn:aws:s3:::radiology-scans"
    labels = "arn:aws:s3:::radiology-labels"
  }
  tags = { data-classification = "phi" }
}

################################################################################
# What is built
################################################################################

run "the_trail_records_everything_and_can_be_trusted" {
  command = plan

  assert {
    condition     = aws_cloudtrail.this[0].name == "radiology-trail" && aws_cloudtrail.this[0].is_multi_region_trail && aws_cloudtrail.this[0].include_global_service_events
    error_message = "The trail must record every Region under its fixed name."
  }
  assert {
    condition     = aws_cloudtrail.this[0].enable_log_file_validation && aws_cloudtrail.this[0].kms_key_id == var.kms_key_arn
    error_message = "The trail's files must be validated and encrypted."
  }
  assert {
    condition     = aws_cloudtrail.this[0].s3_bucket_name == "radiology-logs" && aws_cloudtrail.this[0].s3_key_prefix == "cloudtrail"
    error_message = "The trail's files must go below cloudtrail/ in the logs bucket."
  }
  assert {
    condition = toset(flatten([for selector in aws_cloudtrail.this[0].advanced_event_selector : [
      for field in selector.field_selector : field.starts_with if field.field == "resources.ARN"
    ]])) == toset(["arn:aws:s3:::radiology-scans/", "arn:aws:s3:::radiology-labels/"])
    error_message = "Reads and writes of objects must be recorded on both buckets."
  }
  assert {
    condition = toset(flatten([for selector in aws_cloudtrail.this[0].advanced_event_selector : [
      for field in selector.field_selector : field.equals if field.field == "eventCategory"
    ]])) == toset(["Management", "Data"])
    error_message = "Management events must be recorded beside the data events."
  }
  assert {
    condition     = output.log_group_arns.trail == "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/cloudtrail/radiology-trail"
    error_message = "The ARN of a log group must be known before the group exists: the key's policy names it."
  }
}

run "the_trails_role_serves_this_trail_alone" {
  command = plan

  assert {
    condition     = toset([for condition in data.aws_iam_policy_document.trail_trust.statement[0].condition : one(condition.values)]) == toset(["123456789012", "arn:aws:cloudtrail:eu-west-1:123456789012:trail/radiology-trail"])
    error_message = "Only this account's trail may assume the role."
  }
  assert {
    condition     = data.aws_iam_policy_document.trail[0].statement[0].resources == toset(["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/cloudtrail/radiology-trail:log-stream:123456789012_CloudTrail_eu-west-1*"])
    error_message = "The role may write to the trail's own streams only."
  }
}

run "log_groups_are_encrypted_and_kept_six_years" {
  command = plan

  assert {
    condition     = toset([for group in concat(values(aws_cloudwatch_log_group.ground_truth), aws_cloudwatch_log_group.trail) : group.name]) == toset(["/aws/sagemaker/LabelingJobs", "/aws/sagemaker/groundtruth/WorkerActivity", "/aws/cloudtrail/radiology-trail"])
    error_message = "Each log group must be made in advance."
  }
  assert {
    condition     = alltrue([for group in concat(values(aws_cloudwatch_log_group.ground_truth), aws_cloudwatch_log_group.trail) : group.retention_in_days == 2192 && group.kms_key_id == var.kms_key_arn && group.skip_destroy])
    error_message = "Each log group must have the key and the retention, and outlive the stack."
  }
}

run "the_topic_is_encrypted_and_takes_alerts_from_eventbridge_without_a_condition" {
  command = plan

  assert {
    condition     = aws_sns_topic.alerts.name == "radiology-alerts" && aws_sns_topic.alerts.kms_master_key_id == var.kms_key_arn
    error_message = "The topic must have its fixed name and the key."
  }
  assert {
    condition     = one([for statement in data.aws_iam_policy_document.alerts.statement : length(statement.condition) if statement.sid == "PublishAlerts"]) == 0
    error_message = "EventBridge sends SNS no condition keys: with a condition every alert is dropped."
  }
  assert {
    condition     = one([for statement in data.aws_iam_policy_document.alerts.statement : statement.effect if statement.sid == "DenyPlainHttp"]) == "Deny"
    error_message = "Plain HTTP must be denied."
  }
  assert {
    condition     = length(aws_sns_topic_subscription.alerts) == 0 && length(aws_sqs_queue.undelivered) == 0
    error_message = "Mail and the queue are made on request only."
  }
}

run "every_rule_sends_its_alert_and_nothing_of_the_request" {
  command = plan

  assert {
    condition     = keys(aws_cloudwatch_event_rule.this) == keys(aws_cloudwatch_event_target.alerts)
    error_message = "A rule without a target tells nobody."
  }
  assert {
    condition     = contains(keys(aws_cloudwatch_event_rule.this), "labeling-job-not-private") && contains(keys(aws_cloudwatch_event_rule.this), "flow-definition-not-private") && contains(keys(aws_cloudwatch_event_rule.this), "labeling-job-not-encrypted")
    error_message = "Jobs that are not private or not encrypted must raise an alert."
  }
  assert {
    condition = alltrue([for target in aws_cloudwatch_event_target.alerts : alltrue([
      for path in values(target.input_transformer[0].input_paths) : !strcontains(path, "requestParameters")
    ])])
    error_message = "Requests name files and people: they must not be mailed."
  }
  assert {
    condition     = alltrue([for rule in aws_cloudwatch_event_rule.this : length(rule.name) <= 64])
    error_message = "EventBridge takes names of 64 characters."
  }
  assert {
    condition     = aws_cloudwatch_event_rule.this["job-state"].tags == tomap({ data-classification = "phi" })
    error_message = "Rules must carry the tags."
  }
}

################################################################################
# Options
################################################################################

run "an_organizations_trail_takes_the_place_of_an_own_one" {
  command = plan
  variables {
    create_trail = false
  }

  assert {
    condition     = length(aws_cloudtrail.this) == 0 && length(aws_iam_role.trail) == 0 && output.trail_arn == null && !contains(keys(output.log_group_names), "trail")
    error_message = "Nothing of the trail may be left."
  }
}

run "log_groups_that_exist_are_left_alone" {
  command = plan
  variables {
    create_log_groups = false
  }

  assert {
    condition     = length(aws_cloudwatch_log_group.ground_truth) == 0 && length(aws_cloudwatch_log_group.trail) == 1 && output.log_group_names.worker_activity == "/aws/sagemaker/groundtruth/WorkerActivity"
    error_message = "Only the trail's own log group may be made; the others are still told."
  }
}

run "everything_on_request" {
  command = plan
  variables {
    alert_emails             = ["security@hospital.example", "privacy@hospital.example"]
    create_dead_letter_queue = true
    keep_log_groups          = false
    retention_in_days        = 3653
  }

  assert {
    condition     = length(aws_sns_topic_subscription.alerts) == 2 && alltrue([for mail in aws_sns_topic_subscription.alerts : mail.protocol == "email"])
    error_message = "Each address must be subscribed."
  }
  assert {
    condition     = aws_sqs_queue.undelivered[0].kms_master_key_id == var.kms_key_arn && alltrue([for target in aws_cloudwatch_event_target.alerts : length(target.dead_letter_config) == 1])
    error_message = "Undelivered alerts must be kept, encrypted."
  }
  assert {
    condition     = alltrue([for group in concat(values(aws_cloudwatch_log_group.ground_truth), aws_cloudwatch_log_group.trail) : group.retention_in_days == 3653 && !group.skip_destroy])
    error_message = "Retention and keep_log_groups must reach the log groups."
  }
}

run "the_end_of_jobs_need_not_be_announced" {
  command = plan
  variables {
    notify_job_states = false
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_event_rule.this), "job-state")
    error_message = "notify_job_states must leave the rule out."
  }
}

run "every_private_workteam_of_the_account_can_be_accepted" {
  command = plan
  variables {
    private_workteam_arns = []
  }

  assert {
    condition     = strcontains(output.event_patterns["labeling-job-not-private"], "{\"prefix\":\"arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/\"}")
    error_message = "The pattern must accept the account's own private workteams by their prefix."
  }
}

run "other_keys_are_watched_and_volumes_can_have_their_own" {
  command = plan
  variables {
    watched_kms_key_arns = ["arn:aws:kms:eu-west-1:123456789012:key/0d0d0d0d-dddd-4ddd-8ddd-0d0d0d0d0d0d"]
    volume_kms_key_arns  = ["arn:aws:kms:eu-west-1:123456789012:key/0b0b0b0b-bbbb-4bbb-8bbb-0b0b0b0b0b0b"]
  }

  assert {
    condition     = strcontains(output.event_patterns["key-changed"], "0d0d0d0d-dddd") && strcontains(output.event_patterns["key-changed"], "0b0b0b0b-bbbb") && strcontains(output.event_patterns["labeling-job-not-encrypted"], "0b0b0b0b-bbbb")
    error_message = "The keys must stand in the patterns."
  }
}

run "retention_can_be_short_where_no_duty_applies" {
  command = plan
  variables {
    retention_in_days     = 30
    allow_short_retention = true
  }

  assert {
    condition     = alltrue([for group in concat(values(aws_cloudwatch_log_group.ground_truth), aws_cloudwatch_log_group.trail) : group.retention_in_days == 30])
    error_message = "allow_short_retention must let 30 days pass."
  }
}

################################################################################
# What is refused
################################################################################

run "a_name_prefix_with_upper_case_and_bad_tags_are_refused" {
  command = plan
  variables {
    name_prefix = "Radiology"
    tags        = { "aws:owner" = "radiology" }
  }
  expect_failures = [var.name_prefix, var.tags]
}

run "a_bucket_arn_with_a_path_is_refused" {
  command = plan
  variables {
    bucket_arns = {
      scans  = "arn:aws:s3:::radiology-scans/ct"
      labels = "arn:aws:s3:::radiology-labels"
    }
  }
  expect_failures = [var.bucket_arns]
}

run "an_arn_as_the_logs_buckets_name_is_refused" {
  command = plan
  variables {
    logs_bucket_name = "arn:aws:s3:::radiology-logs"
  }
  expect_failures = [var.logs_bucket_name]
}

run "a_public_workteam_is_refused" {
  command = plan
  variables {
    private_workteam_arns = ["arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default"]
  }
  expect_failures = [var.private_workteam_arns]
}

run "a_private_workteam_of_another_account_is_refused" {
  command = plan
  variables {
    private_workteam_arns = ["arn:aws:sagemaker:eu-west-1:999999999999:workteam/private-crowd/readers"]
  }
  expect_failures = [aws_cloudwatch_event_rule.this]
}

run "more_workteams_than_a_pattern_can_hold_are_refused" {
  command = plan
  variables {
    private_workteam_arns = [for n in range(30) : "arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/readers-${n}"]
  }
  expect_failures = [aws_cloudwatch_event_rule.this]
}

run "no_output_key_is_refused" {
  command = plan
  variables {
    output_kms_key_arns = []
  }
  expect_failures = [var.output_kms_key_arns]
}

run "an_alias_as_the_output_key_is_refused" {
  command = plan
  variables {
    output_kms_key_arns = ["arn:aws:kms:eu-west-1:123456789012:alias/labels"]
  }
  expect_failures = [var.output_kms_key_arns]
}

run "an_id_as_the_volume_key_is_refused" {
  command = plan
  variables {
    volume_kms_key_arns = ["0b0b0b0b-bbbb-4bbb-8bbb-0b0b0b0b0b0b"]
  }
  expect_failures = [var.volume_kms_key_arns]
}

run "an_alias_as_a_watched_key_is_refused" {
  command = plan
  variables {
    watched_kms_key_arns = ["alias/scans"]
  }
  expect_failures = [var.watched_kms_key_arns]
}

run "an_alias_as_the_key_of_the_evidence_is_refused" {
  command = plan
  variables {
    kms_key_arn = "alias/logs"
  }
  expect_failures = [var.kms_key_arn]
}

run "a_retention_that_cloudwatch_does_not_know_is_refused" {
  command = plan
  variables {
    retention_in_days = 2200
  }
  expect_failures = [var.retention_in_days]
}

run "a_retention_below_six_years_is_refused" {
  command = plan
  variables {
    retention_in_days = 365
  }
  expect_failures = [var.retention_in_days]
}

run "a_name_as_an_alert_address_is_refused" {
  command = plan
  variables {
    alert_emails = ["security"]
  }
  expect_failures = [var.alert_emails]
}
