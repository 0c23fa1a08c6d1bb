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
