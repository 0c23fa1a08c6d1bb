mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  name_prefix        = "lung-ct"
  execution_role_arn = "arn:aws:iam::111122223333:role/lung-ct-labeling-execution"
}

run "each_purpose_has_a_rotated_key_of_its_own" {
  command = plan

  variables {
    tags = { data-classification = "phi" }
  }

  assert {
    condition     = toset(keys(aws_kms_key.this)) == toset(["scans", "labels", "logs"])
    error_message = "There must be a key for scans, one for labels and one for logs."
  }

  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.enable_key_rotation && key.rotation_period_in_days == 365 && key.deletion_window_in_days == 30])
    error_message = "Every key must be rotated each year and stay restorable for 30 days."
  }

  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.tags["data-classification"] == "phi"])
    error_message = "Every key must carry the tags."
  }

  assert {
    condition     = aws_kms_alias.this["scans"].name == "alias/lung-ct-scans"
    error_message = "The alias must begin with the prefix."
  }
}

run "no_statement_allows_anything_to_everybody_or_to_the_whole_account" {
  command = plan

  variables {
    data_role_arns              = ["arn:aws:iam::111122223333:role/launcher"]
    settings_reader_role_arns   = ["arn:aws:iam::111122223333:role/auditor"]
    log_reader_role_arns        = ["arn:aws:iam::111122223333:role/investigator"]
    replication_role_arn        = "arn:aws:iam::111122223333:role/replication"
    allow_auto_labeling_volumes = true
  }

  assert {
    condition = alltrue(flatten([for document in data.aws_iam_policy_document.key : [
      for statement in document.statement : contains([for condition in statement.condition : condition.variable], "aws:PrincipalArn")
      if statement.effect != "Deny" && anytrue([for principal in statement.principals : contains(principal.identifiers, "*")])
    ]]))
    error_message = "A statement for any principal must name the roles it means."
  }

  assert {
    condition = alltrue(flatten([for document in data.aws_iam_policy_document.key : [
      for statement in document.statement : length(setintersection(statement.actions, ["kms:*", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:CreateGrant"])) == 0
      if statement.effect != "Deny" && anytrue([for principal in statement.principals : contains(principal.identifiers, "arn:aws:iam::111122223333:root")])
    ]]))
    error_message = "The account as a whole must not use the keys."
  }

  assert {
    condition = alltrue([for document in data.aws_iam_policy_document.key : anytrue([
      for statement in document.statement : statement.effect == "Deny" && statement.actions == toset(["kms:*"]) && anytrue([for condition in statement.condition : condition.variable == "aws:PrincipalAccount" && condition.test == "StringNotEquals"])
    ])])
    error_message = "Every key must deny other accounts everything."
  }
}

run "the_execution_role_reads_scans_and_writes_labels_and_has_no_business_with_logs" {
  command = plan

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.key["scans"].statement : statement.actions if statement.sid == "LabelingExecutionRole"]) == toset(["kms:Decrypt", "kms:DescribeKey"])
    error_message = "The execution role must only decrypt scans."
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.key["labels"].statement : statement.actions if statement.sid == "LabelingExecutionRole"]) == toset(["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"])
    error_message = "The execution role must have what Ground Truth needs to write labels."
  }

  assert {
    condition     = !contains([for statement in data.aws_iam_policy_document.key["logs"].statement : statement.sid], "LabelingExecutionRole")
    error_message = "The execution role must not use the logs key."
  }

  assert {
    condition     = alltrue(flatten([for document in data.aws_iam_policy_document.key : [for statement in document.statement : !contains(statement.actions, "kms:CreateGrant")]]))
    error_message = "Nobody may grant the use of a key unless automated labeling asks for it."
  }
}

run "one_key_can_serve_all" {
  command = plan

  variables {
    separate_keys  = false
    cloudtrail_arn = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/lung-ct-trail"
  }

  assert {
    condition     = keys(aws_kms_key.this) == ["all"]
    error_message = "There must be one key."
  }

  assert {
    condition     = length(setsubtract(["AdministerByIamPolicies", "LabelingExecutionRole", "DeliverServerAccessLogs", "EncryptTrail", "DescribeForTrail", "DenyOtherAccounts"], [for statement in data.aws_iam_policy_document.key["all"].statement : statement.sid])) == 0
    error_message = "All statements must land on the one key."
  }
}

run "data_roles_use_the_keys_of_scans_and_labels_through_s3_only" {
  command = plan

  variables {
    data_role_arns = ["arn:aws:iam::111122223333:role/launcher"]
  }

  assert {
    condition = alltrue([for key in ["scans", "labels"] : one([
      for statement in data.aws_iam_policy_document.key[key].statement : statement.actions == toset(["kms:Decrypt", "kms:GenerateDataKey"]) && contains([for condition in statement.condition : one(condition.values) if condition.variable == "kms:ViaService"], "s3.eu-central-1.amazonaws.com")
      if statement.sid == "UseThroughS3ByDataRoles"
    ])])
    error_message = "Data roles must be held to S3."
  }

  assert {
    condition     = !contains([for statement in data.aws_iam_policy_document.key["logs"].statement : statement.sid], "UseThroughS3ByDataRoles")
    error_message = "Data roles must not use the logs key."
  }
}

run "auditors_read_settings_and_decrypt_nothing" {
  command = plan

  variables {
    settings_reader_role_arns = ["arn:aws:iam::111122223333:role/auditor"]
  }

  assert {
    condition = alltrue([for document in data.aws_iam_policy_document.key : one([
      for statement in document.statement : statement.actions == toset(["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants"])
      if statement.sid == "ReadSettings"
    ])])
    error_message = "Auditors must have these four actions on every key."
  }
}

run "log_readers_decrypt_logs_through_s3_and_nothing_else" {
  command = plan

  variables {
    log_reader_role_arns = ["arn:aws:iam::111122223333:role/investigator"]
  }

  assert {
    condition = {
      for key, document in data.aws_iam_policy_document.key : key => [
        for statement in document.statement : [for condition in statement.condition : one(condition.values) if condition.variable == "kms:ViaService"]
        if statement.sid == "ReadLogsThroughS3" && statement.actions == toset(["kms:Decrypt"])
      ]
    } == { scans = [], labels = [], logs = [["s3.eu-central-1.amazonaws.com"]] }
    error_message = "Log readers must decrypt with the logs key alone, through S3."
  }
}

run "named_administrators_replace_the_account_and_the_root_user_can_recover" {
  command = plan

  variables {
    administrator_role_arns = ["arn:aws:iam::111122223333:role/key-administrator"]
  }

  assert {
    condition = alltrue([
      for document in data.aws_iam_policy_document.key : { for statement in document.statement : statement.sid => one(statement.principals).identifiers if startswith(statement.sid, "Administer") } == { AdministerByNamedRoles = toset(["arn:aws:iam::111122223333:role/key-administrator"]) }
    ])
    error_message = "Administration must be the named roles' alone."
  }

  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.key : one([for statement in document.statement : one(statement.condition).values if statement.sid == "RecoverAsRootUser"]) == tolist(["arn:aws:iam::111122223333:root"])])
    error_message = "The root user, and nobody by an IAM policy, must have a way back."
  }
}

run "volumes_of_automated_labeling_need_a_grant_to_an_aws_service" {
  command = plan

  variables {
    allow_auto_labeling_volumes = true
  }

  assert {
    condition = one([
      for statement in data.aws_iam_policy_document.key["labels"].statement : anytrue([for condition in statement.condition : condition.variable == "kms:GrantIsForAWSResource" && condition.values == tolist(["true"])])
      if contains(statement.actions, "kms:CreateGrant")
    ])
    error_message = "A grant must be for an AWS service only."
  }

  assert {
    condition     = !contains([for statement in data.aws_iam_policy_document.key["scans"].statement : statement.sid], "GrantForAutoLabelingVolumes")
    error_message = "The scans key must not be granted."
  }
}

run "replication_reads_scans_and_labels" {
  command = plan

  variables {
    replication_role_arn = "arn:aws:iam::111122223333:role/lung-ct-replication"
  }

  assert {
    condition     = alltrue([for key in ["scans", "labels"] : one([for statement in data.aws_iam_policy_document.key[key].statement : statement.actions if statement.sid == "ReadThroughS3ByReplication"]) == toset(["kms:Decrypt"])])
    error_message = "Replication must decrypt scans and labels and nothing more."
  }
}

run "services_use_the_logs_key_for_what_was_named" {
  command = plan

  variables {
    cloudtrail_arn      = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/lung-ct-trail"
    log_group_arns      = ["arn:aws:logs:eu-central-1:111122223333:log-group:/aws/sagemaker/LabelingJobs"]
    allow_notifications = true
  }

  assert {
    condition = {
      for statement in data.aws_iam_policy_document.key["logs"].statement : statement.sid => {
        principals = one(statement.principals).identifiers
        condition  = { for condition in statement.condition : condition.variable => condition.values }
      } if contains(["EncryptTrail", "EncryptLogGroups", "PublishToEncryptedTopics", "PublishAlertsToEncryptedTopics"], statement.sid)
      } == {
      EncryptTrail = {
        principals = toset(["cloudtrail.amazonaws.com"])
        condition  = { "aws:SourceArn" = tolist(["arn:aws:cloudtrail:eu-central-1:111122223333:trail/lung-ct-trail"]) }
      }
      EncryptLogGroups = {
        principals = toset(["logs.eu-central-1.amazonaws.com"])
        condition  = { "kms:EncryptionContext:aws:logs:arn" = tolist(["arn:aws:logs:eu-central-1:111122223333:log-group:/aws/sagemaker/LabelingJobs"]) }
      }
      PublishToEncryptedTopics = {
        principals = toset(["sagemaker.amazonaws.com"])
        condition  = { "aws:SourceAccount" = tolist(["111122223333"]) }
      }
      PublishAlertsToEncryptedTopics = {
        principals = toset(["events.amazonaws.com"])
        condition  = {}
      }
    }
    error_message = "Trail, log groups and topics must be held to what was named."
  }

  assert {
    condition     = length(setintersection([for statement in data.aws_iam_policy_document.key["scans"].statement : statement.sid], ["EncryptTrail", "EncryptLogGroups", "PublishToEncryptedTopics", "PublishAlertsToEncryptedTopics"])) == 0
    error_message = "Log services must not use the scans key."
  }
}

################################################################################
# Bad input
################################################################################

run "a_role_of_another_account_is_refused" {
  command = plan

  variables {
    data_role_arns = ["arn:aws:iam::999999999999:role/launcher"]
  }

  expect_failures = [aws_kms_key.this]
}

run "bad_values_are_refused" {
  command = plan

  variables {
    name_prefix               = "Lung_CT"
    tags                      = { "aws:owner" = "radiology" }
    deletion_window_in_days   = 3
    rotation_period_in_days   = 30
    execution_role_arn        = "lung-ct-labeling-execution"
    data_role_arns            = ["arn:aws:iam::111122223333:role/*"]
    settings_reader_role_arns = ["arn:aws:iam::111122223333:user/auditor"]
    log_reader_role_arns      = ["investigator"]
    administrator_role_arns   = ["arn:aws:iam::111122223333:root"]
    replication_role_arn      = "replication"
    cloudtrail_arn            = "lung-ct-trail"
    log_group_arns            = ["arn:aws:logs:eu-central-1:111122223333:log-group:/aws/sagemaker/LabelingJobs:*"]
  }

  expect_failures = [
    var.name_prefix,
    var.deletion_window_in_days,
    var.rotation_period_in_days,
    var.execution_role_arn,
    var.data_role_arns,
    var.settings_reader_role_arns,
    var.log_reader_role_arns,
    var.administrator_role_arns,
    var.replication_role_arn,
    var.cloudtrail_arn,
    var.log_group_arns,
    var.tags,
  ]
}
