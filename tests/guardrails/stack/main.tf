# The guardrails in the forms that the tests put to the simulator; nothing is created.
provider "aws" {}

provider "aws" {
  alias  = "gov"
  region = "us-gov-west-1"
}

locals {
  keys = [
    "arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111",
    "arn:aws:kms:us-east-1:123456789012:key/22222222-2222-2222-2222-222222222222",
  ]
}

# Nothing named that need not be.
module "any_team" {
  source = "../modules/guardrails"

  name_prefix                 = "scans"
  output_kms_key_arns         = local.keys
  create_permissions_boundary = false
  create_policy               = false
}

# Everything named.
module "listed_teams" {
  source = "../modules/guardrails"

  name_prefix                 = "scans"
  create_permissions_boundary = false
  create_policy               = false

  workteam_arns = [
    "arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/readers",
    "arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/seniors",
  ]
  output_kms_key_arns    = local.keys
  volume_kms_key_arns    = ["arn:aws:kms:us-east-1:123456789012:key/33333333-3333-3333-3333-333333333333"]
  regions                = ["us-east-1"]
  allow_flow_definitions = false
  exempt_role_arns       = ["arn:aws:iam::123456789012:role/platform-*"]
}

# Another partition, and any private team in some Regions.
module "gov" {
  source    = "../modules/guardrails"
  providers = { aws = aws.gov }

  name_prefix                 = "scans"
  output_kms_key_arns         = ["arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/11111111-1111-1111-1111-111111111111"]
  regions                     = ["us-gov-west-1"]
  create_permissions_boundary = false
  create_policy               = false
}

output "documents" {
  value = {
    for name, made in { any_team = module.any_team, listed_teams = module.listed_teams, gov = module.gov } : name => {
      boundary = made.permissions_boundary_json
      policy   = made.policy_json
      scp      = made.scp_json
    }
  }
}
