data "aws_caller_identity" "this" {}

data "aws_region" "this" {}

locals {
  # The Region's name has another attribute in provider 5 than in 6; its id is the same in both.
  region      = data.aws_region.this.id
  client_name = "${var.name_prefix}-workers"

  # Some answers of the service hold the host name, some only its first label.
  subdomain = aws_sagemaker_workforce.this.subdomain
  portal    = length(regexall("\\.labeling\\.", local.subdomain)) > 0 ? local.subdomain : "${local.subdomain}.labeling.${local.region}.sagemaker.aws"
}

################################################################################
# Cognito user pool
################################################################################

resource "aws_cognito_user_pool" "this" {
  name                = "${var.name_prefix}-workers"
  deletion_protection = var.deletion_protection ? "ACTIVE" : "INACTIVE"
  mfa_configuration   = "ON"

  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]

  # Workers type their address as they like: User@Example.org is user@example.org.
  username_configuration {
    case_sensitive = false
  }

  software_token_mfa_configuration {
    enabled = true
  }

  admin_create_user_config {
    allow_admin_create_user_only = true
  }

  password_policy {
    minimum_length                   = 14
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = true
    require_uppercase                = true
    password_history_size            = 0
    temporary_password_validity_days = 3
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }
}

resource "aws_cognito_user_pool_domain" "this" {
  domain       = "${var.name_prefix}-${data.aws_caller_identity.this.account_id}"
  user_pool_id = aws_cognito_user_pool.this.id
}

resource "aws_cognito_user_group" "this" {
  for_each = var.workteams

  name         = each.key
  description  = each.value.description
  user_pool_id = aws_cognito_user_pool.this.id
}

################################################################################
# Client and workforce
#
# The workforce needs the client, and the client needs the address of the portal,
# which exists only after the workforce. So the client is made without addresses,
# then the workforce, and then the client is managed a second time, with them.
# Changing the client's identity would replace the workforce and all its teams.
################################################################################

resource "aws_cognito_user_pool_client" "this" {
  name            = local.client_name
  user_pool_id    = aws_cognito_user_pool.this.id
  generate_secret = true

  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true
  explicit_auth_flows           = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]

  lifecycle {
    ignore_changes = [
      access_token_validity,
      allowed_oauth_flows,
      allowed_oauth_flows_user_pool_client,
      allowed_oauth_scopes,
      callback_urls,
      id_token_validity,
      logout_urls,
      refresh_token_validity,
      supported_identity_providers,
      token_validity_units,
    ]
  }
}

resource "aws_sagemaker_workforce" "this" {
  workforce_name = var.name_prefix

  cognito_config {
    client_id = aws_cognito_user_pool_client.this.id
    user_pool = aws_cognito_user_pool.this.id
  }

  dynamic "source_ip_config" {
    for_each = length(var.source_ip_cidrs) > 0 ? [1] : []

    content {
      cidrs = var.source_ip_cidrs
    }
  }

  # The service refuses a pool without a domain.
  depends_on = [aws_cognito_user_pool_domain.this]
}

resource "aws_cognito_managed_user_pool_client" "this" {
  name_pattern = "^${local.client_name}$"
  user_pool_id = aws_cognito_user_pool.this.id

  callback_urls = ["https://${local.portal}/oauth2/idpresponse"]
  logout_urls   = ["https://${local.portal}/logout"]

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["email", "openid", "profile"]
  supported_identity_providers         = ["COGNITO"]

  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true
  explicit_auth_flows           = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]

  access_token_validity  = 60
  id_token_validity      = 60
  refresh_token_validity = 8

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "hours"
  }

  depends_on = [aws_cognito_user_pool_client.this]
}

################################################################################
# Workteams
################################################################################

resource "aws_sagemaker_workteam" "this" {
  for_each = var.workteams

  workteam_name  = "${var.name_prefix}-${each.key}"
  workforce_name = aws_sagemaker_workforce.this.id
  description    = each.value.description

  member_definition {
    cognito_member_definition {
      client_id  = aws_cognito_user_pool_client.this.id
      user_pool  = aws_cognito_user_pool.this.id
      user_group = aws_cognito_user_group.this[each.key].name
    }
  }

  # The address of an image works only from the network address of the worker who got it.
  worker_access_configuration {
    s3_presign {
      iam_policy_constraints {
        source_ip = var.bind_images_to_worker_ip ? "Enabled" : "Disabled"
      }
    }
  }
}
