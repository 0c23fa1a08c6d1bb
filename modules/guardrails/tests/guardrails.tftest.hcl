mock_provider "aws" {
  override_data {
    target = data.aws_caller_identity.this
    values = { account_id = "123456789012" }
  }

  override_data {
    target = data.aws_partition.this
    values = { partition = "aws" }
  }
}

variables {
  name_prefix         = "scans"
  output_kms_key_arns = ["arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111"]
}

run "makes_the_boundary_and_the_policy_and_no_scp" {
  command = plan

  variables {
    tags = { data = "phi" }
  }

  assert {
    condition     = aws_iam_policy.boundary[0].name == "scans-labeling-guardrail-boundary" && aws_iam_policy.boundary[0].policy == output.permissions_boundary_json
    error_message = "The boundary is not what the output says."
  }

  assert {
    condition     = aws_iam_policy.guardrail[0].name == "scans-labeling-guardrail" && aws_iam_policy.guardrail[0].policy == output.policy_json
    error_message = "The policy is not what the output says."
  }

  assert {
    condition     = aws_iam_policy.boundary[0].tags == tomap({ data = "phi" }) && aws_iam_policy.guardrail[0].tags == tomap({ data = "phi" })
    error_message = "The tags are missing."
  }

  assert {
    condition     = length(aws_organizations_policy.this) == 0 && output.scp_arn == null
    error_message = "An SCP is made although nothing is named to attach it to."
  }
}

run "makes_nothing_but_documents" {
  command = plan

  variables {
    create_permissions_boundary = false
    create_policy               = false
  }

  assert {
    condition     = length(aws_iam_policy.boundary) == 0 && length(aws_iam_policy.guardrail) == 0
    error_message = "Policies are made although nobody asked."
  }

  assert {
    condition     = output.permissions_boundary_arn == null && output.policy_arn == null
    error_message = "There are ARNs of policies that are not made."
  }

  assert {
    condition     = alltrue([for json in [output.permissions_boundary_json, output.policy_json, output.scp_json] : can(jsondecode(json).Statement[0])])
    error_message = "The documents are missing."
  }
}

run "makes_and_attaches_the_scp_of_another_account" {
  command = plan

  variables {
    account_id                  = "210987654321"
    scp_target_ids              = ["210987654321", "ou-ab12-34cd56ef"]
    create_permissions_boundary = false
    create_policy               = false
  }

  assert {
    condition     = aws_organizations_policy.this[0].type == "SERVICE_CONTROL_POLICY" && aws_organizations_policy.this[0].content == output.scp_json
    error_message = "The SCP is not what the output says."
  }

  assert {
    condition     = toset([for attachment in aws_organizations_policy_attachment.this : attachment.target_id]) == var.scp_target_ids
    error_message = "The SCP is not attached to what was named."
  }

  assert {
    condition     = strcontains(output.scp_json, "arn:aws:sagemaker:*:210987654321:workteam/private-crowd/*") && !strcontains(output.scp_json, "123456789012:workteam")
    error_message = "The SCP does not speak of the labeling account."
  }
}

run "an_scp_denies_only" {
  command = plan

  assert {
    condition     = alltrue([for json in [output.policy_json, output.scp_json] : alltrue([for statement in jsondecode(json).Statement : statement.Effect == "Deny" && !contains(keys(statement), "Principal")])])
    error_message = "The policy and the SCP must hold nothing but denials."
  }
}

run "any_private_workteam_of_the_account_in_any_region" {
  command = plan

  assert {
    condition     = one([for s in jsondecode(output.policy_json).Statement : s.Condition.StringNotLike["sagemaker:WorkteamArn"] if s.Sid == "OwnWorkteamsOnly"]) == ["arn:aws:sagemaker:*:123456789012:workteam/private-crowd/*"]
    error_message = "Not the account's private workteams."
  }
}

run "any_private_workteam_in_these_regions" {
  command = plan

  variables {
    regions = ["us-east-1", "eu-west-1"]
  }

  assert {
    condition = one([for s in jsondecode(output.policy_json).Statement : s.Condition.StringNotLike["sagemaker:WorkteamArn"] if s.Sid == "OwnWorkteamsOnly"]) == [
      "arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/*",
      "arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/*",
    ]
    error_message = "Not the account's private workteams in the Regions."
  }
}

run "flow_definitions_are_allowed_for_private_workteams_only" {
  command = plan

  assert {
    condition     = alltrue([for json in [output.permissions_boundary_json, output.policy_json, output.scp_json] : contains(one([for s in jsondecode(json).Statement : s.Action if s.Sid == "PrivateWorkteamsOnly"]), "sagemaker:CreateFlowDefinition")])
    error_message = "Flow definitions are not held to private workteams."
  }
}

run "flow_definitions_can_be_denied_altogether" {
  command = plan

  variables {
    allow_flow_definitions = false
  }

  assert {
    condition     = alltrue([for json in [output.permissions_boundary_json, output.policy_json, output.scp_json] : one([for s in jsondecode(json).Statement : s.Action if s.Sid == "NoFlowDefinitions"]) == ["sagemaker:CreateFlowDefinition", "sagemaker:StartHumanLoop"]])
    error_message = "Not every document denies flow definitions and work by those that exist."
  }
}

run "the_partition_is_the_providers" {
  command = plan

  variables {
    workteam_arns       = ["arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:workteam/private-crowd/readers"]
    output_kms_key_arns = ["arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-11111111111111111111111111111111"]
  }

  override_data {
    target = data.aws_partition.this
    values = { partition = "aws-us-gov" }
  }

  assert {
    condition     = length(regexall("arn:aws:", join("", [output.permissions_boundary_json, output.policy_json, output.scp_json]))) == 0
    error_message = "An ARN is of another partition."
  }
}

run "nobody_is_exempt_by_default" {
  command = plan

  assert {
    condition     = !strcontains(output.scp_json, "aws:PrincipalArn")
    error_message = "Somebody is exempt."
  }
}

################################################################################
# Wrong input
################################################################################

run "refuses_a_bad_name_prefix_and_bad_tags" {
  command         = plan
  expect_failures = [var.name_prefix, var.tags]

  variables {
    name_prefix = "Scans_"
    tags        = { "AWS:owner" = "radiology" }
  }
}

run "refuses_a_bad_account" {
  command         = plan
  expect_failures = [var.account_id]

  variables {
    account_id = "12345678901"
  }
}

run "refuses_policies_in_an_account_that_is_not_the_labeling_account" {
  command         = plan
  expect_failures = [aws_iam_policy.boundary, aws_iam_policy.guardrail]

  variables {
    account_id = "210987654321"
  }
}

run "refuses_a_public_workteam" {
  command         = plan
  expect_failures = [var.workteam_arns]

  variables {
    workteam_arns = ["arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"]
  }
}

run "refuses_workteams_by_wildcard" {
  command         = plan
  expect_failures = [var.workteam_arns]

  variables {
    workteam_arns = ["arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/*"]
  }
}

run "refuses_another_accounts_workteam" {
  command         = plan
  expect_failures = [output.permissions_boundary_json]

  variables {
    workteam_arns = ["arn:aws:sagemaker:us-east-1:210987654321:workteam/private-crowd/readers"]
  }
}

run "refuses_a_workteam_outside_the_regions" {
  command         = plan
  expect_failures = [output.permissions_boundary_json]

  variables {
    workteam_arns = ["arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/readers"]
    regions       = ["eu-west-1"]
  }
}

run "refuses_to_go_without_an_output_key" {
  command         = plan
  expect_failures = [var.output_kms_key_arns]

  variables {
    output_kms_key_arns = []
  }
}

run "refuses_an_alias_as_output_key" {
  command         = plan
  expect_failures = [var.output_kms_key_arns]

  variables {
    output_kms_key_arns = ["arn:aws:kms:us-east-1:123456789012:alias/labels"]
  }
}

run "refuses_an_id_as_volume_key" {
  command         = plan
  expect_failures = [var.volume_kms_key_arns]

  variables {
    volume_kms_key_arns = ["11111111-1111-1111-1111-111111111111"]
  }
}

run "refuses_a_zone_as_region" {
  command         = plan
  expect_failures = [var.regions]

  variables {
    regions = ["us-east-1a"]
  }
}

run "refuses_a_boundary_that_allows_nothing" {
  command         = plan
  expect_failures = [var.boundary_allowed_actions]

  variables {
    boundary_allowed_actions = []
  }
}

run "refuses_a_boundary_that_allows_a_whole_service" {
  command         = plan
  expect_failures = [var.boundary_allowed_actions]

  variables {
    boundary_allowed_actions = ["s3:*"]
  }
}

run "refuses_a_boundary_that_passes_any_role" {
  command         = plan
  expect_failures = [var.boundary_allowed_actions]

  variables {
    boundary_allowed_actions = ["iam:Pass*"]
  }
}

run "refuses_a_bad_scp_target" {
  command         = plan
  expect_failures = [var.scp_target_ids]

  variables {
    scp_target_ids = ["labeling"]
  }
}

run "refuses_to_exempt_everybody" {
  command         = plan
  expect_failures = [var.exempt_role_arns]

  variables {
    exempt_role_arns = ["arn:aws:iam::123456789012:role/*"]
  }
}

run "refuses_a_document_that_is_too_long" {
  command         = plan
  expect_failures = [output.permissions_boundary_json, output.policy_json, aws_organizations_policy.this]

  variables {
    output_kms_key_arns = [for number in range(12) : format("arn:aws:kms:us-east-1:123456789012:key/%08d-1111-1111-1111-111111111111", number)]
    scp_target_ids      = ["123456789012"]
  }
}
