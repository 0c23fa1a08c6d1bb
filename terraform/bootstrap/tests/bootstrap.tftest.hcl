mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  region = "eu-west-1"
}

# Only planned, even on the mocked provider: prevent_destroy would hold up the tidying after an apply.
run "each_environment_gets_its_settings" {
  command = plan
  variables {
    environments = ["prod", "test"]
  }

  assert {
    condition     = keys(output.backend_hcl) == ["prod", "test"]
    error_message = "Each environment must have its settings."
  }
}

run "the_bucket_is_closed_encrypted_and_versioned" {
  command = plan

  assert {
    condition     = aws_s3_bucket.state.bucket == "gtctl-terraform-state-123456789012"
    error_message = "The bucket's name must be the account's own."
  }
  assert {
    condition     = alltrue([aws_s3_bucket_public_access_block.state.block_public_acls, aws_s3_bucket_public_access_block.state.block_public_policy, aws_s3_bucket_public_access_block.state.ignore_public_acls, aws_s3_bucket_public_access_block.state.restrict_public_buckets])
    error_message = "Public access must be blocked."
  }
  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled" && one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
    error_message = "States must be versioned, and encrypted with a key."
  }
  assert {
    condition     = aws_kms_key.state.enable_key_rotation && aws_kms_key.state.deletion_window_in_days == 30
    error_message = "The key must be rotated, and be restorable for the longest time there is."
  }
  assert {
    condition     = toset([for statement in data.aws_iam_policy_document.bucket.statement : statement.sid if statement.effect == "Deny"]) == toset(["DenyPlainHttp", "DenyOldTls", "DenyOtherAccounts", "DenyOtherKey", "DenyOtherEncryption", "DenyAwsManagedKey", "DenyCustomerProvidedKeys"])
    error_message = "The bucket's policy must deny plain HTTP, old TLS, other accounts and other keys."
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.state[0].rule[0].noncurrent_version_expiration[0].noncurrent_days == 365 && length(aws_s3_bucket_logging.state) == 0
    error_message = "Old states must be kept a year."
  }
}

run "the_key_serves_the_operators_alone_where_they_are_named" {
  command = plan
  variables {
    operator_role_arns = ["arn:aws:iam::123456789012:role/platform"]
  }

  assert {
    condition     = contains(flatten([for condition in data.aws_iam_policy_document.key.statement[1].condition : condition.values if condition.variable == "aws:PrincipalArn"]), "arn:aws:iam::123456789012:role/platform")
    error_message = "Only operators may read the state."
  }
  assert {
    condition     = !anytrue([for action in data.aws_iam_policy_document.key.statement[0].actions : contains(["kms:*", "kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"], action)])
    error_message = "Who administers the key must not be able to use it."
  }
}

run "states_can_be_kept_for_ever_and_access_logged" {
  command = plan
  variables {
    noncurrent_version_days = null
    access_logs_bucket_name = "central-access-logs"
    tags                    = { owner = "platform" }
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.state) == 0 && aws_s3_bucket_logging.state[0].target_bucket == "central-access-logs"
    error_message = "null must keep every version, and the log must go to the bucket named."
  }
  assert {
    condition     = aws_s3_bucket.state.tags == tomap({ owner = "platform" }) && aws_kms_key.state.tags == tomap({ owner = "platform" })
    error_message = "Bucket and key must carry the tags."
  }
}

run "a_region_that_is_none_is_refused" {
  command = plan
  variables {
    region = "Ireland"
  }
  expect_failures = [var.region]
}

run "a_name_prefix_with_upper_case_and_bad_tags_are_refused" {
  command = plan
  variables {
    name_prefix = "GTCTL"
    tags        = { "aws:owner" = "platform" }
  }
  expect_failures = [var.name_prefix, var.tags]
}

run "no_environment_is_refused" {
  command = plan
  variables {
    environments = []
  }
  expect_failures = [var.environments]
}

run "a_path_as_an_environment_is_refused" {
  command = plan
  variables {
    environments = ["../prod"]
  }
  expect_failures = [var.environments]
}

run "a_session_as_an_operator_is_refused" {
  command = plan
  variables {
    operator_role_arns = ["arn:aws:sts::123456789012:assumed-role/platform/someone"]
  }
  expect_failures = [var.operator_role_arns]
}

run "forgetting_old_states_within_a_month_is_refused" {
  command = plan
  variables {
    noncurrent_version_days = 7
  }
  expect_failures = [var.noncurrent_version_days]
}

run "an_arn_as_the_access_logs_bucket_is_refused" {
  command = plan
  variables {
    access_logs_bucket_name = "arn:aws:s3:::central-access-logs"
  }
  expect_failures = [var.access_logs_bucket_name]
}
