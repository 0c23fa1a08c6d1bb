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
  mock_resource "aws_sagemaker_workforce" {
    defaults = { subdomain = "z182d0xam0.labeling.us-east-1.sagemaker.aws" }
  }
  mock_resource "aws_sagemaker_workteam" {
    defaults = { subdomain = "a1b2c3d4e5" }
  }
}

variables {
  name_prefix     = "radiology"
  workteams       = { readers = { description = "Radiologists" } }
  source_ip_cidrs = ["203.0.113.0/24"]
}

run "cognito_is_strict_without_being_asked" {
  command = plan

  assert {
    condition     = aws_cognito_user_pool.this[0].mfa_configuration == "ON" && aws_cognito_user_pool.this[0].software_token_mfa_configuration[0].enabled
    error_message = "A second factor is always on."
  }
  assert {
    condition     = aws_cognito_user_pool.this[0].admin_create_user_config[0].allow_admin_create_user_only
    error_message = "Only administrators make workers."
  }
  assert {
    condition     = aws_cognito_user_pool.this[0].username_configuration[0].case_sensitive == false
    error_message = "Names know no case."
  }
  assert {
    condition = (
      aws_cognito_user_pool.this[0].user_pool_tier == "PLUS"
      && aws_cognito_user_pool.this[0].user_pool_add_ons[0].advanced_security_mode == "ENFORCED"
      && aws_cognito_user_pool.this[0].password_policy[0].password_history_size == 24
    )
    error_message = "Threat protection is on, with the plan that it needs."
  }
  assert {
    condition     = aws_cognito_user_pool.this[0].deletion_protection == "ACTIVE"
    error_message = "The pool is protected against deletion."
  }
  assert {
    condition     = aws_cognito_managed_user_pool_client.this[0].allowed_oauth_flows == toset(["code"])
    error_message = "No implicit flow: tokens never stand in an address."
  }
  assert {
    condition     = aws_cognito_managed_user_pool_client.this[0].refresh_token_validity == 8
    error_message = "Sign-ins last a shift."
  }
  assert {
    condition     = output.identity_provider == "Cognito"
    error_message = "Cognito is the default."
  }
}

run "threat_protection_can_be_left_out_to_save_its_price" {
  command = plan

  variables {
    cognito = { threat_protection = false }
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].user_pool_tier == "ESSENTIALS"
      && length(aws_cognito_user_pool.this[0].user_pool_add_ons) == 0
      && aws_cognito_user_pool.this[0].password_policy[0].password_history_size == 0
    )
    error_message = "The Essentials plan has neither threat protection nor a password history."
  }
}

run "the_client_learns_the_portals_address_in_the_same_apply" {
  assert {
    condition     = aws_cognito_managed_user_pool_client.this[0].callback_urls == toset(["https://z182d0xam0.labeling.us-east-1.sagemaker.aws/oauth2/idpresponse"])
    error_message = "The callback address is the portal's."
  }
  assert {
    condition     = aws_cognito_managed_user_pool_client.this[0].logout_urls == toset(["https://z182d0xam0.labeling.us-east-1.sagemaker.aws/logout"])
    error_message = "The logout address is the portal's."
  }
  assert {
    condition     = output.portal_url == "https://z182d0xam0.labeling.us-east-1.sagemaker.aws/"
    error_message = "The portal is the workforce's."
  }
}

run "an_oidc_provider_takes_the_place_of_cognito" {
  command = plan

  variables {
    workteams = { readers = { description = "Radiologists", groups = ["labeling-readers", "labeling-leads"] } }
    oidc = {
      client_id              = "ground-truth"
      issuer                 = "https://login.example.org/"
      authorization_endpoint = "https://login.example.org/authorize"
      token_endpoint         = "https://login.example.org/token"
      user_info_endpoint     = "https://login.example.org/userinfo"
      logout_endpoint        = "https://login.example.org/logout"
      jwks_uri               = "https://login.example.org/jwks.json"
      scope                  = "openid profile"
    }
    oidc_client_secret = "hush-hush"
  }

  assert {
    condition     = length(aws_cognito_user_pool.this) == 0 && length(aws_cognito_user_group.this) == 0
    error_message = "Nothing of Cognito is made."
  }
  assert {
    condition     = aws_sagemaker_workforce.this[0].oidc_config[0].scope == "openid profile"
    error_message = "The workforce uses the provider."
  }
  assert {
    condition     = aws_sagemaker_workteam.this["readers"].member_definition[0].oidc_member_definition[0].groups == toset(["labeling-readers", "labeling-leads"])
    error_message = "The provider's groups are the team."
  }
  assert {
    condition     = output.identity_provider == "OIDC" && output.user_pool_id == null && output.user_pool_client_id == null
    error_message = "There is no pool to name."
  }
}

run "an_existing_workforce_is_adopted" {
  variables {
    workteams = {
      readers = { description = "Radiologists" }
      leads   = { description = "Leads", groups = ["lead-radiologists", "chief"] }
    }
    source_ip_cidrs    = []
    existing_workforce = { name = "default", user_pool_id = "us-east-1_AbCdEfGhI", client_id = "abc" }
  }

  override_data {
    target = data.aws_cognito_user_pool.adopted
    values = { mfa_configuration = "ON", admin_create_user_config = [{ allow_admin_create_user_only = true }] }
  }

  assert {
    condition = (
      length(aws_sagemaker_workforce.this) == 0 && length(aws_cognito_user_pool.this) == 0
      && length(aws_cognito_user_pool_client.this) == 0 && length(aws_cognito_managed_user_pool_client.this) == 0
    )
    error_message = "Workforce, pool and client stay as they are."
  }
  assert {
    condition     = keys(aws_cognito_user_group.this) == ["readers"] && aws_cognito_user_group.this["readers"].user_pool_id == "us-east-1_AbCdEfGhI"
    error_message = "Missing groups are made in the pool that exists; groups that exist are not."
  }
  assert {
    condition     = aws_sagemaker_workteam.this["readers"].workforce_name == "default"
    error_message = "The teams belong to the workforce that exists."
  }
  assert {
    condition     = [for member in aws_sagemaker_workteam.this["leads"].member_definition : member.cognito_member_definition[0].user_group] == ["lead-radiologists", "chief"]
    error_message = "A team may consist of groups that exist."
  }
  assert {
    condition     = output.workforce_arn == "arn:aws:sagemaker:us-east-1:123456789012:workforce/default"
    error_message = "The ARN is the one of the workforce that exists."
  }
  assert {
    condition     = output.portal_url == "https://a1b2c3d4e5.labeling.us-east-1.sagemaker.aws/"
    error_message = "The teams tell the portal; the first label alone is completed to a host name."
  }
}

run "an_existing_workforce_with_its_own_provider_is_adopted" {
  command = plan

  variables {
    workteams          = { readers = { description = "Radiologists", groups = ["labeling-readers"] } }
    source_ip_cidrs    = []
    existing_workforce = { name = "default" }
  }

  assert {
    condition     = output.identity_provider == "OIDC" && length(aws_cognito_user_group.this) == 0
    error_message = "Its groups are the provider's."
  }
}

run "an_adopted_pool_without_a_second_factor_is_refused" {
  command = plan

  variables {
    source_ip_cidrs    = []
    existing_workforce = { name = "default", user_pool_id = "us-east-1_AbCdEfGhI", client_id = "abc" }
  }

  override_data {
    target = data.aws_cognito_user_pool.adopted
    values = { mfa_configuration = "OPTIONAL", admin_create_user_config = [{ allow_admin_create_user_only = true }] }
  }

  expect_failures = [data.aws_cognito_user_pool.adopted]
}

run "an_adopted_pool_that_anybody_signs_up_to_is_refused" {
  command = plan

  variables {
    source_ip_cidrs    = []
    existing_workforce = { name = "default", user_pool_id = "us-east-1_AbCdEfGhI", client_id = "abc" }
  }

  override_data {
    target = data.aws_cognito_user_pool.adopted
    values = { mfa_configuration = "ON", admin_create_user_config = [{ allow_admin_create_user_only = false }] }
  }

  expect_failures = [data.aws_cognito_user_pool.adopted]
}

run "an_adopted_pool_of_another_region_is_refused" {
  command = plan

  variables {
    source_ip_cidrs    = []
    existing_workforce = { name = "default", user_pool_id = "eu-west-1_AbCdEfGhI", client_id = "abc" }
  }

  override_data {
    target = data.aws_cognito_user_pool.adopted
    values = { mfa_configuration = "ON", admin_create_user_config = [{ allow_admin_create_user_only = true }] }
  }

  expect_failures = [data.aws_cognito_user_pool.adopted]
}
