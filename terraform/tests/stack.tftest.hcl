# The modules are tested by themselves; here stands what the root adds: that they fit together, and what it refuses.

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
  region          = "eu-central-1"
  source_ip_cidrs = ["203.0.113.0/24"]
}

run "the_least_that_must_be_said_gives_a_whole_stack" {
  command = plan

  assert {
    condition     = output.region == "eu-central-1" && output.account_id == "111122223333"
    error_message = "It is planned for the account and the Region that were named."
  }
  assert {
    condition     = output.launcher_role_arn == null && output.auditor_role_arn == null
    error_message = "Nobody is trusted unless named."
  }
}

run "one_key_an_own_provider_and_the_organizations_trail_and_log_groups" {
  command = plan

  variables {
    separate_keys         = false
    create_trail          = false
    create_log_groups     = false
    notify_workers        = false
    deletion_protection   = false
    launcher_trusted_arns = ["arn:aws:iam::111122223333:role/pipeline"]
    workteams             = { chest = { description = "Chest radiologists", groups = ["chest-readers"] } }
    oidc = {
      client_id              = "ground-truth"
      issuer                 = "https://login.example.org/"
      authorization_endpoint = "https://login.example.org/authorize"
      token_endpoint         = "https://login.example.org/token"
      user_info_endpoint     = "https://login.example.org/userinfo"
      logout_endpoint        = "https://login.example.org/logout"
      jwks_uri               = "https://login.example.org/jwks.json"
    }
    oidc_client_secret = "hush-hush"
  }

  assert {
    condition     = keys(module.kms.key_arns) == ["labels", "logs", "scans"] && output.trail_arn == null && length(module.audit_trail.log_group_arns) == 2
    error_message = "One key serves all, and there is no trail."
  }
  assert {
    condition     = output.identity_provider == "OIDC" && output.user_pool_id == null && output.work_topic_arn == null
    error_message = "The provider takes Cognito's place, and nobody is notified."
  }
  assert {
    condition     = output.workteam_name == "gtctl-chest" && output.worker_group_name == "chest-readers"
    error_message = "The team and the provider's group are those that were named."
  }
}

run "an_existing_workforce_is_adopted" {
  command = plan

  variables {
    source_ip_cidrs    = []
    existing_workforce = { name = "default", user_pool_id = "eu-central-1_AbCdEfGhI", client_id = "abc" }
  }

  override_data {
    target = module.workforce.data.aws_cognito_user_pool.adopted
    values = { mfa_configuration = "ON", admin_create_user_config = [{ allow_admin_create_user_only = true }] }
  }

  assert {
    condition     = output.workforce_name == "default" && output.user_pool_id == "eu-central-1_AbCdEfGhI" && output.user_pool_client_id == "abc"
    error_message = "Workforce, pool and client are those that exist."
  }
}

run "the_portal_and_the_images_are_in_a_vpc" {
  command = plan

  variables {
    source_ip_cidrs  = []
    bind_images_to   = "vpc_endpoint"
    vpc              = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    vpc_endpoint_ids = ["vpce-0123456789abcdef0"]
  }

  override_data {
    target = module.workforce.data.aws_vpc.this
    values = { cidr_block = "10.20.0.0/16", enable_dns_support = true, enable_dns_hostnames = true }
  }

  assert {
    condition     = output.identity_provider == "Cognito"
    error_message = "The VPC changes nothing about who the workers are."
  }
}

run "numbers_and_tags_that_cannot_be_are_refused" {
  command = plan

  variables {
    max_retries = -1
    tags        = { "aws:owner" = "radiology" }
  }

  expect_failures = [var.max_retries, var.tags]
}

run "names_that_are_too_long_are_refused" {
  command = plan

  variables {
    name_prefix = "the-department-of-radiology-of-the-university"
  }

  expect_failures = [var.name_prefix]
}

run "a_region_without_the_built_in_task_is_refused" {
  command = plan

  variables {
    region = "eu-north-1"
  }

  expect_failures = [var.region]
}
