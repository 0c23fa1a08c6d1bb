mock_provider "aws" {
  mock_resource "aws_cognito_user_pool" {
    defaults = { id = "us-east-1_AbCdEfGhI" }
  }
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
  mock_data "aws_vpc" {
    defaults = { cidr_block = "10.20.0.0/16", enable_dns_support = true, enable_dns_hostnames = true }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:123456789012:radiology-work" }
  }
}

variables {
  name_prefix = "radiology"
  workteams = {
    chest = { description = "Chest radiologists" }
    neuro = { description = "Neuroradiologists" }
  }
  source_ip_cidrs = ["203.0.113.0/24"]
  tags            = { data-classification = "phi" }
}

run "each_team_has_a_group_of_its_own" {
  command = plan

  assert {
    condition     = { for name, team in aws_sagemaker_workteam.this : name => team.member_definition[0].cognito_member_definition[0].user_group } == { chest = "chest", neuro = "neuro" }
    error_message = "A team is one group, and a group is one team."
  }
  assert {
    condition     = output.workteam_names == { chest = "radiology-chest", neuro = "radiology-neuro" }
    error_message = "The names of teams begin with the prefix."
  }
  assert {
    condition = (
      aws_sagemaker_workteam.this["chest"].tags == tomap({ data-classification = "phi" })
      && aws_cognito_user_pool.this[0].tags == tomap({ data-classification = "phi" })
    )
    error_message = "Teams and pool are tagged."
  }
}

run "images_load_only_from_the_workers_address" {
  command = plan

  assert {
    condition     = alltrue([for team in aws_sagemaker_workteam.this : team.worker_access_configuration[0].s3_presign[0].iam_policy_constraints[0].source_ip == "Enabled"])
    error_message = "Images are bound to the worker's address unless something else is asked for."
  }
}

run "images_can_be_bound_to_the_vpc" {
  command = plan

  variables {
    bind_images_to = "vpc_endpoint"
    vpc            = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
  }

  assert {
    condition     = alltrue([for team in aws_sagemaker_workteam.this : team.worker_access_configuration[0].s3_presign[0].iam_policy_constraints[0].vpc_source_ip == "Enabled"])
    error_message = "Images load through the VPC's endpoint only."
  }
  assert {
    condition     = aws_sagemaker_workforce.this[0].workforce_vpc_config[0].vpc_id == "vpc-1"
    error_message = "The portal is in the VPC."
  }
  assert {
    condition     = aws_sagemaker_workforce.this[0].source_ip_config[0].cidrs == toset(["203.0.113.0/24"])
    error_message = "The public portal keeps its ranges beside a VPC."
  }
}

run "a_vpc_alone_closes_the_public_portal" {
  command = plan

  variables {
    source_ip_cidrs = []
    vpc             = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
  }

  assert {
    condition     = aws_sagemaker_workforce.this[0].source_ip_config[0].cidrs == toset(["10.20.0.0/16"])
    error_message = "Without ranges the public portal is closed by the VPC's own."
  }
}

run "a_vpc_without_dns_is_refused" {
  command = plan

  variables {
    vpc = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
  }

  override_data {
    target = data.aws_vpc.this
    values = { cidr_block = "10.20.0.0/16", enable_dns_support = true, enable_dns_hostnames = false }
  }

  expect_failures = [data.aws_vpc.this]
}

run "the_internet_is_let_in_on_explicit_wish_only" {
  command = plan

  variables {
    source_ip_cidrs   = []
    allow_any_network = true
    bind_images_to    = "nothing"
  }

  assert {
    condition     = length(aws_sagemaker_workforce.this[0].source_ip_config) == 0
    error_message = "No ranges: every network."
  }
  assert {
    condition     = alltrue([for team in aws_sagemaker_workteam.this : team.worker_access_configuration[0].s3_presign[0].iam_policy_constraints[0].source_ip == "Disabled"])
    error_message = "Images are bound to nothing."
  }
}

run "there_is_no_topic_without_a_key" {
  command = plan

  assert {
    condition     = length(aws_sns_topic.work) == 0 && output.notification_topic_arn == null
    error_message = "An unencrypted topic is never made."
  }
  assert {
    condition     = alltrue([for team in aws_sagemaker_workteam.this : length(team.notification_configuration) == 0])
    error_message = "Nobody is notified."
  }
}

run "teams_are_notified_by_an_encrypted_topic" {
  variables {
    workteams = {
      chest = { description = "Chest radiologists" }
      neuro = { description = "Neuroradiologists", notify = false }
    }
    notifications = { kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/1" }
  }

  assert {
    condition     = aws_sns_topic.work[0].name == "radiology-work" && aws_sns_topic.work[0].kms_master_key_id == "arn:aws:kms:us-east-1:123456789012:key/1"
    error_message = "The topic is encrypted with the given key."
  }
  assert {
    condition     = aws_sagemaker_workteam.this["chest"].notification_configuration[0].notification_topic_arn == output.notification_topic_arn
    error_message = "Teams notify by default."
  }
  assert {
    condition     = length(aws_sagemaker_workteam.this["neuro"].notification_configuration) == 0
    error_message = "A team can stay silent."
  }
  assert {
    condition = (
      one(data.aws_iam_policy_document.work[0].statement[0].principals).identifiers == toset(["sagemaker.amazonaws.com"])
      && anytrue([for condition in data.aws_iam_policy_document.work[0].statement[0].condition : condition.variable == "aws:SourceArn" && condition.values == tolist(["arn:aws:sagemaker:us-east-1:123456789012:workteam/*"])])
      && anytrue([for condition in data.aws_iam_policy_document.work[0].statement[0].condition : condition.variable == "aws:SourceAccount" && condition.values == tolist(["123456789012"])])
    )
    error_message = "Only Ground Truth publishes, only for workteams of this account."
  }
  assert {
    condition     = data.aws_iam_policy_document.work[0].statement[1].effect == "Deny" && one(data.aws_iam_policy_document.work[0].statement[1].condition).variable == "aws:SecureTransport"
    error_message = "Plain HTTP is denied."
  }
}
