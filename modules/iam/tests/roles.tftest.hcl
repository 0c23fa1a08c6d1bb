mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "us-east-1" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/radiology-labeling-execution" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/p" }
  }
}

variables {
  name_prefix         = "radiology"
  bucket_arns         = { scans = "arn:aws:s3:::radiology-scans", labels = "arn:aws:s3:::radiology-labels" }
  workteam_arns       = ["arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/radiology-readers"]
  output_kms_key_arns = ["arn:aws:kms:us-east-1:123456789012:key/1"]
  tags                = { data-classification = "phi" }
}

run "the_execution_role_stands_alone_by_default" {
  command = plan

  assert {
    condition     = length(aws_iam_role.launcher) + length(aws_iam_role.auditor) + length(aws_iam_policy.launcher) + length(aws_iam_policy.auditor) == 0
    error_message = "Nobody is trusted, so there is nothing to take."
  }
  assert {
    condition     = output.launcher_role_arn == null && output.auditor_role_arn == null && output.launcher_policy_arn == null && output.auditor_policy_arn == null
    error_message = "The outputs say that there are no such roles."
  }
  assert {
    condition     = aws_iam_role.execution.name == "radiology-labeling-execution" && aws_iam_role.execution.tags == tomap({ data-classification = "phi" })
    error_message = "The execution role has the name that key policies know, and its tags."
  }
  assert {
    condition     = aws_iam_role.execution.permissions_boundary == null
    error_message = "No boundary unless one is given."
  }
  assert {
    condition = (
      one(data.aws_iam_policy_document.execution_trust.statement[0].principals).identifiers == toset(["sagemaker.amazonaws.com"])
      && anytrue([for c in data.aws_iam_policy_document.execution_trust.statement[0].condition : c.test == "StringEquals" && c.variable == "aws:SourceAccount" && c.values == tolist(["123456789012"])])
      && anytrue([for c in data.aws_iam_policy_document.execution_trust.statement[0].condition : c.variable == "aws:SourceArn" && c.values == tolist(["arn:aws:sagemaker:us-east-1:123456789012:*"])])
    )
    error_message = "Only SageMaker takes the role, and only for this account."
  }
  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.execution.statement :
      alltrue([for action in statement.actions : !startswith(action, "kms:")])
    ])
    error_message = "The use of keys stands in the key policies."
  }
  assert {
    condition = toset([for s in data.aws_iam_policy_document.execution.statement : s.resources if s.sid == "WriteLogs"][0]) == toset([
      "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/LabelingJobs",
      "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/LabelingJobs:log-stream:*",
      "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/groundtruth/WorkerActivity",
      "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/groundtruth/WorkerActivity:log-stream:*",
    ])
    error_message = "The log groups are named."
  }
}

run "the_launcher_can_launch_only_private_jobs_under_the_key" {
  variables {
    launcher_trusted_arns   = ["arn:aws:iam::123456789012:role/pipeline", "arn:aws:iam::123456789012:user/ann"]
    scans_kms_key_arns      = ["arn:aws:kms:us-east-1:123456789012:key/scans", "arn:aws:kms:us-east-1:123456789012:key/1"]
    user_pool_id            = "us-east-1_Pool1"
    notification_topic_arns = ["arn:aws:sns:us-east-1:123456789012:work"]
  }

  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.launcher[0].statement :
      anytrue([for c in s.condition : c.test == "StringEquals" && c.variable == "sagemaker:WorkteamType" && c.values == tolist(["private-crowd"])])
      && anytrue([for c in s.condition : c.test == "ArnEquals" && c.variable == "sagemaker:WorkteamArn" && c.values == tolist(var.workteam_arns)])
      if contains(s.actions, "sagemaker:CreateLabelingJob")
    ])
    error_message = "Every statement that launches names the private workteams."
  }
  assert {
    condition = toset(flatten([
      for s in data.aws_iam_policy_document.launcher[0].statement :
      [for c in s.condition : c.variable if c.test == "ArnEquals" && c.variable != "sagemaker:WorkteamArn" && c.values == tolist(var.output_kms_key_arns)]
      if contains(s.actions, "sagemaker:CreateLabelingJob")
    ])) == toset(["sagemaker:OutputKmsKeyArn", "sagemaker:OutputKmsKey"])
    error_message = "Either generation of the key condition is demanded, one in each statement."
  }
  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.launcher[0].statement :
      tolist(s.resources) == tolist([output.execution_role_arn])
      && anytrue([for c in s.condition : c.variable == "iam:PassedToService" && c.values == tolist(["sagemaker.amazonaws.com"])])
      if contains(s.actions, "iam:PassRole")
    ])
    error_message = "The launcher passes the execution role and no other, to SageMaker and nobody else."
  }
  assert {
    condition = alltrue(flatten([
      for s in data.aws_iam_policy_document.launcher[0].statement : [
        for action in s.actions : !contains(["kms:Decrypt", "kms:*"], action) && !startswith(action, "s3:Delete")
      ]
    ]))
    error_message = "The launcher neither decrypts by its own policy nor deletes."
  }
  assert {
    condition = jsonencode({
      for s in data.aws_iam_policy_document.launcher[0].statement : s.sid => sort(s.resources)
      if startswith(coalesce(s.sid, "-"), "Check")
      }) == jsonencode({
      CheckItsPolicy             = [aws_iam_policy.execution.arn]
      CheckTheExecutionRole      = [output.execution_role_arn]
      CheckTheKeys               = ["arn:aws:kms:us-east-1:123456789012:key/1", "arn:aws:kms:us-east-1:123456789012:key/scans"]
      CheckTheNotificationTopics = ["arn:aws:sns:us-east-1:123456789012:work"]
      CheckWhoCanSignIn          = ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Pool1"]
    })
    error_message = "What is checked before a launch is named."
  }
  assert {
    condition = (
      one(data.aws_iam_policy_document.people_trust["launcher"].statement[0].principals).identifiers == toset(["arn:aws:iam::123456789012:role/pipeline"])
      && length(data.aws_iam_policy_document.people_trust["launcher"].statement[0].condition) == 0
    )
    error_message = "A role is trusted as it is: no role carries the mark of a second factor."
  }
  assert {
    condition = (
      one(data.aws_iam_policy_document.people_trust["launcher"].statement[1].principals).identifiers == toset(["arn:aws:iam::123456789012:user/ann"])
      && one(data.aws_iam_policy_document.people_trust["launcher"].statement[1].condition).variable == "aws:MultiFactorAuthPresent"
    )
    error_message = "A user needs a second factor."
  }
  assert {
    condition     = length(aws_iam_role.auditor) == 0 && aws_iam_role.launcher[0].name == "radiology-labeling-launcher"
    error_message = "One role does not bring the other."
  }
}

run "the_auditor_reads_settings_and_no_content" {
  command = plan

  variables {
    auditor_trusted_arns     = ["arn:aws:iam::210987654321:role/compliance", "arn:aws:iam::123456789012:user/bob"]
    launcher_trusted_arns    = ["arn:aws:iam::123456789012:role/pipeline"]
    trusted_account_ids      = ["210987654321"]
    require_mfa              = false
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/bound"
  }

  assert {
    condition = alltrue(flatten([
      for s in data.aws_iam_policy_document.auditor[0].statement :
      [for action in s.actions : can(regex("^[a-z0-9-]+:(Admin)?(Describe|Get|List|Lookup|Simulate)", action))]
    ]))
    error_message = "Only reading."
  }
  assert {
    condition = length(setintersection(flatten([for s in data.aws_iam_policy_document.auditor[0].statement : tolist(s.actions)]), [
      "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "logs:GetLogEvents", "logs:FilterLogEvents", "kms:Decrypt",
    ])) == 0
    error_message = "No image, no label, no log entry."
  }
  assert {
    condition     = length(data.aws_iam_policy_document.people_trust["auditor"].statement[1].condition) == 0
    error_message = "The second factor of users can be left to another control."
  }
  assert {
    condition = alltrue([
      for role in [aws_iam_role.auditor[0], aws_iam_role.launcher[0], aws_iam_role.execution] :
      role.permissions_boundary == "arn:aws:iam::123456789012:policy/bound"
    ])
    error_message = "The boundary bounds every role."
  }
}

run "the_launcher_may_have_a_boundary_of_its_own" {
  command = plan

  variables {
    auditor_trusted_arns              = ["arn:aws:iam::123456789012:user/bob"]
    launcher_trusted_arns             = ["arn:aws:iam::123456789012:role/pipeline"]
    launcher_permissions_boundary_arn = "arn:aws:iam::123456789012:policy/guardrail"
  }

  assert {
    condition     = aws_iam_role.launcher[0].permissions_boundary == "arn:aws:iam::123456789012:policy/guardrail"
    error_message = "The launcher's own boundary."
  }
  assert {
    condition     = aws_iam_role.auditor[0].permissions_boundary == null && aws_iam_role.execution.permissions_boundary == null
    error_message = "The other roles are not bounded by it."
  }
}

run "a_principal_of_an_unnamed_account_is_refused" {
  command = plan

  variables {
    launcher_trusted_arns = ["arn:aws:iam::210987654321:role/pipeline"]
    auditor_trusted_arns  = ["arn:aws:iam::210987654321:role/compliance"]
  }

  expect_failures = [aws_iam_role.launcher, aws_iam_role.auditor]
}

# Each run gives several variables a wrong value at once; every one of them must be refused.

run "whole_accounts_and_wildcards" {
  command = plan

  variables {
    name_prefix                       = "Radiology"
    permissions_boundary_arn          = "bound"
    launcher_permissions_boundary_arn = "bound"
    bucket_arns                       = { scans = "radiology-scans", labels = "arn:aws:s3:::radiology-labels/jobs" }
    log_group_names                   = ["/aws/sagemaker/*"]
    workteam_arns                     = ["arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"]
    output_kms_key_arns               = ["arn:aws:kms:us-east-1:123456789012:alias/labels"]
    scans_kms_key_arns                = ["*"]
    user_pool_id                      = "radiology"
    notification_topic_arns           = ["arn:aws:sns:us-east-1:123456789012:*"]
    auditor_trusted_arns              = ["arn:aws:iam::123456789012:root"]
    trusted_account_ids               = ["81040173940"]
    tags                              = { "" = "no name" }
  }

  expect_failures = [
    var.name_prefix, var.permissions_boundary_arn, var.launcher_permissions_boundary_arn, var.bucket_arns, var.log_group_names, var.workteam_arns,
    var.output_kms_key_arns, var.scans_kms_key_arns, var.user_pool_id, var.notification_topic_arns,
    var.auditor_trusted_arns, var.trusted_account_ids, var.tags,
  ]
}

run "workteams_and_roles_by_wildcard" {
  command = plan

  variables {
    workteam_arns        = ["arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/*"]
    auditor_trusted_arns = ["arn:aws:iam::123456789012:role/*"]
    log_group_names      = []
  }

  expect_failures = [var.workteam_arns, var.auditor_trusted_arns, var.log_group_names]
}

run "a_launcher_without_workteams" {
  command = plan

  variables {
    workteam_arns         = []
    launcher_trusted_arns = ["arn:aws:iam::123456789012:role/pipeline"]
  }

  expect_failures = [var.launcher_trusted_arns]
}

run "a_launcher_without_keys" {
  command = plan

  variables {
    output_kms_key_arns   = []
    launcher_trusted_arns = ["arn:aws:iam::123456789012:role/pipeline"]
  }

  expect_failures = [var.launcher_trusted_arns]
}

run "a_session_that_launches" {
  command = plan

  variables {
    launcher_trusted_arns = ["arn:aws:sts::123456789012:assumed-role/pipeline/run"]
  }

  expect_failures = [var.launcher_trusted_arns]
}
