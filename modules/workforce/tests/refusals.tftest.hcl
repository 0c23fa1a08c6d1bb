# Each run gives several variables a wrong value at once (a run costs about a second); every one of them must be refused.
# A validation that reads another variable is skipped where that one is wrong, so these never stand together.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "us-east-1" }
  }
  mock_data "aws_vpc" {
    defaults = { enable_dns_support = true, enable_dns_hostnames = true }
  }
  mock_data "aws_cognito_user_pool" {
    defaults = { mfa_configuration = "ON", admin_create_user_config = [{ allow_admin_create_user_only = true }] }
  }
}

variables {
  name_prefix     = "radiology"
  workteams       = { readers = { description = "Radiologists" } }
  source_ip_cidrs = ["203.0.113.0/24"]
}

run "a_portal_open_to_the_internet_and_other_omissions" {
  command = plan
  variables {
    name_prefix     = "a-name-of-more-than-thirty-two-characters"
    workteams       = {}
    source_ip_cidrs = []
    bind_images_to  = "vpc_endpoint"
    cognito         = { password_minimum_length = 8 }
  }
  expect_failures = [var.name_prefix, var.workteams, var.allow_any_network, var.bind_images_to, var.cognito]
}

run "names_and_ranges_that_the_services_refuse" {
  command = plan
  variables {
    name_prefix        = "my-aws-labels"
    workteams          = { chest_readers = { description = "d" } }
    source_ip_cidrs    = ["203.0.113.0"]
    bind_images_to     = "country"
    cognito            = { temporary_password_days = 30 }
    oidc_client_secret = "a secret without its provider"
    tags               = { owner = "radiology; oncology" }
  }
  expect_failures = [
    var.name_prefix, var.workteams, var.source_ip_cidrs, var.bind_images_to, var.cognito, var.oidc_client_secret, var.tags,
  ]
}

run "the_internet_in_two_halves" {
  command = plan
  variables {
    workteams       = { readers = { description = "d" }, Readers = { description = "so are their groups" } }
    source_ip_cidrs = ["0.0.0.0/1", "128.0.0.0/1"]
    vpc             = { vpc_id = "vpc-1", subnet_ids = [], security_group_ids = ["sg-1"] }
    cognito         = { access_token_minutes = 1440 }
  }
  expect_failures = [var.workteams, var.source_ip_cidrs, var.vpc, var.cognito]
}

run "the_internet_of_version_6" {
  command = plan
  variables {
    workteams       = { readers = { description = "" } }
    source_ip_cidrs = ["::/0"]
    cognito         = { refresh_token_hours = 72 }
  }
  expect_failures = [var.workteams, var.source_ip_cidrs, var.cognito]
}

run "groups_of_a_pool_that_is_yet_to_be_made" {
  command = plan
  variables {
    workteams       = { readers = { description = "d", groups = ["readers"] } }
    source_ip_cidrs = [for number in range(11) : "203.0.113.${number}/32"]
    cognito         = { id_token_minutes = 5.5 }
  }
  expect_failures = [var.workteams, var.source_ip_cidrs, var.cognito]
}

run "a_team_that_notifies_without_a_topic_and_ranges_beside_every_network" {
  command = plan
  variables {
    workteams         = { readers = { description = "d", notify = true } }
    allow_any_network = true
  }
  expect_failures = [var.workteams, var.allow_any_network]
}

run "two_teams_that_share_a_group_and_settings_of_an_adopted_workforce" {
  command = plan
  variables {
    workteams = {
      chest = { description = "d", groups = ["staff"] }
      neuro = { description = "d", groups = ["neurologists", "Staff"] }
    }
    vpc                = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    existing_workforce = { name = "default" }
  }
  expect_failures = [var.workteams, var.source_ip_cidrs, var.vpc]
}

run "a_team_that_takes_the_group_of_another_by_its_name" {
  command = plan
  variables {
    workteams = {
      chest = { description = "d" }
      neuro = { description = "d", groups = ["chest"] }
    }
    source_ip_cidrs    = []
    existing_workforce = { name = "default", user_pool_id = "us-east-1_AbCdEfGhI", client_id = "abc" }
  }
  expect_failures = [var.workteams]
}

run "two_teams_whose_names_differ_in_case_only" {
  command = plan
  variables {
    workteams = {
      readers = { description = "d", groups = ["chest"] }
      Readers = { description = "d", groups = ["neuro"] }
    }
    source_ip_cidrs    = []
    existing_workforce = { name = "default" }
  }
  expect_failures = [var.workteams]
}

run "a_group_with_a_space_in_its_name" {
  command = plan
  variables {
    workteams          = { readers = { description = "d", groups = ["chest readers"] } }
    source_ip_cidrs    = []
    existing_workforce = { name = "default" }
  }
  expect_failures = [var.workteams]
}

run "a_team_without_a_single_group" {
  command = plan
  variables {
    workteams          = { readers = { description = "d", groups = [] } }
    source_ip_cidrs    = []
    existing_workforce = { name = "default" }
  }
  expect_failures = [var.workteams]
}

run "a_team_without_groups_where_the_provider_has_them" {
  command = plan
  variables {
    source_ip_cidrs    = []
    existing_workforce = { name = "default" }
  }
  expect_failures = [var.workteams]
}

run "two_identity_providers_and_an_alias_for_a_key" {
  command = plan
  variables {
    workteams          = { readers = { description = "d", groups = ["readers"] } }
    source_ip_cidrs    = []
    existing_workforce = { name = "default" }
    oidc = {
      client_id              = "c"
      issuer                 = "https://login.example.org/"
      authorization_endpoint = "https://login.example.org/"
      token_endpoint         = "https://login.example.org/"
      user_info_endpoint     = "https://login.example.org/"
      logout_endpoint        = "https://login.example.org/"
      jwks_uri               = "https://login.example.org/"
    }
    oidc_client_secret = "hush-hush"
    notifications      = { kms_key_arn = "alias/logs" }
  }
  expect_failures = [var.oidc, var.notifications]
}

run "an_oidc_provider_over_plain_http" {
  command = plan
  variables {
    workteams = { readers = { description = "d", groups = ["readers"] } }
    oidc = {
      client_id              = "c"
      issuer                 = "http://login.example.org/"
      authorization_endpoint = "https://login.example.org/"
      token_endpoint         = "https://login.example.org/"
      user_info_endpoint     = "https://login.example.org/"
      logout_endpoint        = "https://login.example.org/"
      jwks_uri               = "https://login.example.org/"
    }
    oidc_client_secret = "hush-hush"
  }
  expect_failures = [var.oidc]
}

run "a_client_id_that_is_not_ascii" {
  command = plan
  variables {
    workteams = { readers = { description = "d", groups = ["readers"] } }
    oidc = {
      client_id              = "grönd-truth"
      issuer                 = "https://login.example.org/"
      authorization_endpoint = "https://login.example.org/"
      token_endpoint         = "https://login.example.org/"
      user_info_endpoint     = "https://login.example.org/"
      logout_endpoint        = "https://login.example.org/"
      jwks_uri               = "https://login.example.org/"
    }
    oidc_client_secret = "hush-hush"
  }
  expect_failures = [var.oidc]
}

run "more_extra_parameters_than_the_service_takes" {
  command = plan
  variables {
    workteams = { readers = { description = "d", groups = ["readers"] } }
    oidc = {
      client_id              = "c"
      issuer                 = "https://login.example.org/"
      authorization_endpoint = "https://login.example.org/"
      token_endpoint         = "https://login.example.org/"
      user_info_endpoint     = "https://login.example.org/"
      logout_endpoint        = "https://login.example.org/"
      jwks_uri               = "https://login.example.org/"

      authentication_request_extra_params = { for number in range(11) : "key${number}" => "value" }
    }
    oidc_client_secret = "hush-hush"
  }
  expect_failures = [var.oidc]
}

run "an_adopted_pool_without_its_client" {
  command = plan
  variables {
    source_ip_cidrs    = []
    existing_workforce = { name = "default", user_pool_id = "us-east-1_AbCdEfGhI" }
  }
  expect_failures = [var.existing_workforce]
}

run "an_arn_where_the_id_of_a_pool_is_wanted" {
  command = plan
  variables {
    source_ip_cidrs    = []
    existing_workforce = { name = "default", user_pool_id = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbCdEfGhI", client_id = "abc" }
  }
  expect_failures = [var.existing_workforce]
}

run "an_arn_where_the_name_of_a_workforce_is_wanted" {
  command = plan
  variables {
    source_ip_cidrs    = []
    workteams          = { readers = { description = "d", groups = ["readers"] } }
    existing_workforce = { name = "arn:aws:sagemaker:us-east-1:123456789012:workforce/default" }
  }
  expect_failures = [var.existing_workforce]
}
