data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  # The Region's name has another attribute in provider 5 than in 6; its id is the same in both.
  region      = data.aws_region.this.id
  client_name = "${var.name_prefix}-workers"

  makes_workforce = var.existing_workforce == null
  makes_pool      = local.makes_workforce && var.oidc == null
  uses_cognito    = local.makes_pool || try(var.existing_workforce.user_pool_id, null) != null

  workforce_name = local.makes_workforce ? aws_sagemaker_workforce.this[0].id : var.existing_workforce.name
  workforce_arn = (
    local.makes_workforce
    ? aws_sagemaker_workforce.this[0].arn
    : "arn:${local.partition}:sagemaker:${local.region}:${local.account_id}:workforce/${var.existing_workforce.name}"
  )
  user_pool_id = local.makes_pool ? aws_cognito_user_pool.this[0].id : try(var.existing_workforce.user_pool_id, null)
  client_id    = local.makes_pool ? aws_cognito_user_pool_client.this[0].id : try(var.existing_workforce.client_id, null)

  # Groups that are made here, by team; the other teams name groups that exist.
  made_groups = { for name, team in var.workteams : name => team if local.uses_cognito && team.groups == null }

  # The service limits only the public portal by address, never the one in the VPC. A private range lets nobody in
  # from the internet, so the VPC's own closes the public portal.
  close_public_portal = var.vpc != null && length(var.source_ip_cidrs) == 0 && !var.allow_any_network
  source_ip_cidrs     = local.close_public_portal ? [data.aws_vpc.this[0].cidr_block] : var.source_ip_cidrs
  limits_source_ip    = local.close_public_portal || length(var.source_ip_cidrs) > 0
}

################################################################################
# Cognito user pool
################################################################################

resource "aws_cognito_user_pool" "this" {
  count = local.makes_pool ? 1 : 0

  name                = "${var.name_prefix}-workers"
  deletion_protection = var.deletion_protection ? "ACTIVE" : "INACTIVE"
  mfa_configuration   = "ON"

  # Threat protection is part of the Plus plan only.
  user_pool_tier = var.cognito.threat_protection ? "PLUS" : "ESSENTIALS"

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
    minimum_length    = var.cognito.password_minimum_length
    require_lowercase = true
    require_numbers   = true
    require_symbols   = true
    require_uppercase = true
    # Cognito remembers passwords only where threat protection is on; 24 is its maximum.
    password_history_size            = var.cognito.threat_protection ? 24 : 0
    temporary_password_validity_days = var.cognito.temporary_password_days
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  dynamic "user_pool_add_ons" {
    for_each = var.cognito.threat_protection ? [1] : []

    content {
      advanced_security_mode = "ENFORCED"
    }
  }

  tags = var.tags
}

resource "aws_cognito_user_pool_domain" "this" {
  count = local.makes_pool ? 1 : 0

  domain       = "${var.name_prefix}-${local.account_id}"
  user_pool_id = aws_cognito_user_pool.this[0].id
}

# The pool of an adopted workforce stays as it is, so it is refused unless it is as strict as one made here.
data "aws_cognito_user_pool" "adopted" {
  count = local.uses_cognito && !local.makes_pool ? 1 : 0

  user_pool_id = var.existing_workforce.user_pool_id

  lifecycle {
    precondition {
      condition     = startswith(var.existing_workforce.user_pool_id, "${local.region}_")
      error_message = "existing_workforce.user_pool_id belongs to another Region than ${local.region}: each Region has a workforce of its own."
    }

    postcondition {
      condition     = self.mfa_configuration == "ON"
      error_message = "The user pool of the adopted workforce does not demand a second factor from everybody: set its MFA to required (aws cognito-idp set-user-pool-mfa-config --software-token-mfa-configuration Enabled=true --mfa-configuration ON) and plan again."
    }

    postcondition {
      condition     = try(self.admin_create_user_config[0].allow_admin_create_user_only, false)
      error_message = "Anybody can sign up to the user pool of the adopted workforce: turn self-registration off in the pool's sign-up settings and plan again."
    }
  }
}

resource "aws_cognito_user_group" "this" {
  for_each = local.made_groups

  name         = each.key
  description  = each.value.description
  user_pool_id = local.user_pool_id

  # A pool that is refused gets no group.
  depends_on = [data.aws_cognito_user_pool.adopted]
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
  count = local.makes_pool ? 1 : 0

  name            = local.client_name
  user_pool_id    = aws_cognito_user_pool.this[0].id
  generate_secret = true

  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true
  explicit_auth_flows           = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]

  lifecycle {
    # All of this is set below. generate_secret is known to nobody after an import, and would replace the client.
    ignore_changes = [
      access_token_validity,
      allowed_oauth_flows,
      allowed_oauth_flows_user_pool_client,
      allowed_oauth_scopes,
      callback_urls,
      generate_secret,
      id_token_validity,
      logout_urls,
      refresh_token_validity,
      supported_identity_providers,
      token_validity_units,
    ]
  }
}

# At most one exists for each account and Region.
resource "aws_sagemaker_workforce" "this" {
  count = local.makes_workforce ? 1 : 0

  workforce_name = var.name_prefix

  dynamic "cognito_config" {
    for_each = local.makes_pool ? [1] : []

    content {
      client_id = aws_cognito_user_pool_client.this[0].id
      user_pool = aws_cognito_user_pool.this[0].id
    }
  }

  dynamic "oidc_config" {
    for_each = var.oidc == null ? [] : [var.oidc]

    content {
      client_id                           = oidc_config.value.client_id
      client_secret                       = var.oidc_client_secret
      issuer                              = oidc_config.value.issuer
      authorization_endpoint              = oidc_config.value.authorization_endpoint
      token_endpoint                      = oidc_config.value.token_endpoint
      user_info_endpoint                  = oidc_config.value.user_info_endpoint
      logout_endpoint                     = oidc_config.value.logout_endpoint
      jwks_uri                            = oidc_config.value.jwks_uri
      scope                               = oidc_config.value.scope
      authentication_request_extra_params = oidc_config.value.authentication_request_extra_params
    }
  }

  dynamic "source_ip_config" {
    for_each = local.limits_source_ip ? [1] : []

    content {
      cidrs = local.source_ip_cidrs
    }
  }

  dynamic "workforce_vpc_config" {
    for_each = var.vpc == null ? [] : [var.vpc]

    content {
      vpc_id             = workforce_vpc_config.value.vpc_id
      subnets            = workforce_vpc_config.value.subnet_ids
      security_group_ids = workforce_vpc_config.value.security_group_ids
    }
  }

  # The service refuses a pool without a domain.
  depends_on = [aws_cognito_user_pool_domain.this]
}

data "aws_vpc" "this" {
  count = var.vpc == null ? 0 : 1

  id = var.vpc.vpc_id

  lifecycle {
    postcondition {
      condition     = self.enable_dns_support && self.enable_dns_hostnames
      error_message = "The VPC needs DNS resolution and DNS hostnames for the worker portal: turn both on (aws ec2 modify-vpc-attribute)."
    }
  }
}

resource "aws_cognito_managed_user_pool_client" "this" {
  count = local.makes_pool ? 1 : 0

  name_pattern = "^${local.client_name}$"
  user_pool_id = aws_cognito_user_pool.this[0].id

  callback_urls = ["https://${local.portal}/oauth2/idpresponse"]
  logout_urls   = ["https://${local.portal}/logout"]

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["email", "openid", "profile"]
  supported_identity_providers         = ["COGNITO"]

  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true
  explicit_auth_flows           = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]

  access_token_validity  = var.cognito.access_token_minutes
  id_token_validity      = var.cognito.id_token_minutes
  refresh_token_validity = var.cognito.refresh_token_hours

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "hours"
  }

  depends_on = [aws_cognito_user_pool_client.this]
}

locals {
  # An adopted workforce is known by name only; its teams tell its address.
  subdomain = local.makes_workforce ? aws_sagemaker_workforce.this[0].subdomain : values(aws_sagemaker_workteam.this)[0].subdomain

  # Some answers of the service hold the host name, some only its first label.
  portal = length(regexall("\\.labeling\\.", local.subdomain)) > 0 ? local.subdomain : "${local.subdomain}.labeling.${local.region}.sagemaker.aws"
}

################################################################################
# Workteams
################################################################################

locals {
  notified = { for name, team in var.workteams : name => var.notifications != null && coalesce(team.notify, true) }
}

# What can't be changed in a workteam: it goes with its workforce; the provider never takes a topic away, and sends
# the binding that was there along with the new one; and a new topic reaches only members who join later. So the
# workteam is made anew, with the same name and ARN.
resource "terraform_data" "workteam" {
  for_each = var.workteams

  input = {
    workforce                    = local.workforce_name
    binds_images_to_vpc_endpoint = var.bind_images_to == "vpc_endpoint"
    notified                     = local.notified[each.key]
  }
}

resource "aws_sagemaker_workteam" "this" {
  for_each = var.workteams

  workteam_name  = "${var.name_prefix}-${each.key}"
  workforce_name = local.workforce_name
  description    = each.value.description

  dynamic "member_definition" {
    for_each = local.uses_cognito ? coalesce(each.value.groups, [each.key]) : []

    content {
      cognito_member_definition {
        client_id  = local.client_id
        user_pool  = local.user_pool_id
        user_group = each.value.groups == null ? aws_cognito_user_group.this[each.key].name : member_definition.value
      }
    }
  }

  dynamic "member_definition" {
    for_each = local.uses_cognito ? [] : [1]

    content {
      oidc_member_definition {
        groups = each.value.groups
      }
    }
  }

  dynamic "notification_configuration" {
    for_each = local.notified[each.key] ? [1] : []

    content {
      notification_topic_arn = aws_sns_topic.work[0].arn
    }
  }

  # The address of an image works only from the network address of the worker who got it. The provider takes one of
  # the two constraints, and reads the other from the service.
  worker_access_configuration {
    s3_presign {
      iam_policy_constraints {
        source_ip     = lookup({ worker_ip = "Enabled", nothing = "Disabled" }, var.bind_images_to, null)
        vpc_source_ip = var.bind_images_to == "vpc_endpoint" ? "Enabled" : null
      }
    }
  }

  tags = var.tags

  # Members are subscribed when the team is made, and only while the service may publish. An adopted pool that is
  # refused gets no team.
  depends_on = [aws_sns_topic_policy.work, data.aws_cognito_user_pool.adopted]

  lifecycle {
    # Known to nobody after an import, and would replace the workteam.
    ignore_changes       = [workforce_name]
    replace_triggered_by = [terraform_data.workteam[each.key]]
  }
}

################################################################################
# Topic on which workers hear of new work
################################################################################

resource "aws_sns_topic" "work" {
  count = var.notifications == null ? 0 : 1

  name              = "${var.name_prefix}-work"
  display_name      = "Labeling work"
  kms_master_key_id = var.notifications.kms_key_arn
  tags              = var.tags
}

resource "aws_sns_topic_policy" "work" {
  count = var.notifications == null ? 0 : 1

  arn    = aws_sns_topic.work[0].arn
  policy = data.aws_iam_policy_document.work[0].json
}

data "aws_iam_policy_document" "work" {
  count = var.notifications == null ? 0 : 1

  statement {
    sid       = "GroundTruthPublishes"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.work[0].arn]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:sagemaker:${local.region}:${local.account_id}:workteam/*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }

  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.work[0].arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
