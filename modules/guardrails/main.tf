data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  account_id = coalesce(var.account_id, data.aws_caller_identity.this.account_id)
  partition  = data.aws_partition.this.partition
  iam        = "arn:${local.partition}:iam::${local.account_id}"

  policy_name   = "${var.name_prefix}-labeling-guardrail"
  boundary_name = "${local.policy_name}-boundary"

  # Built from the names, because the documents speak of the policies they become.
  policy_arn   = "${local.iam}:policy/${local.policy_name}"
  boundary_arn = "${local.iam}:policy/${local.boundary_name}"

  start_labeling = concat(
    ["sagemaker:CreateLabelingJob"],
    [for action in ["sagemaker:CreateFlowDefinition"] : action if var.allow_flow_definitions],
  )
}

################################################################################
# What every document denies
#
# A negated operator matches a request in which the key is missing: such a
# request is denied. String operators are used for ARNs too, because they also
# decide on values that are no ARNs, as an alias or a bare name.
################################################################################

locals {
  private_workteams_only = {
    Sid       = "PrivateWorkteamsOnly"
    Effect    = "Deny"
    Action    = local.start_labeling
    Resource  = "*"
    Condition = { StringNotEquals = { "sagemaker:WorkteamType" = "private-crowd" } }
  }

  # The type alone does not say whose private team it is.
  listed_workteams_only = {
    Sid       = "OwnWorkteamsOnly"
    Effect    = "Deny"
    Action    = local.start_labeling
    Resource  = "*"
    Condition = { StringNotEquals = { "sagemaker:WorkteamArn" = sort(var.workteam_arns) } }
  }

  own_workteams_only = {
    Sid      = "OwnWorkteamsOnly"
    Effect   = "Deny"
    Action   = local.start_labeling
    Resource = "*"
    Condition = {
      StringNotLike = {
        "sagemaker:WorkteamArn" = [
          for region in length(var.regions) > 0 ? sort(var.regions) : ["*"] :
          "arn:${local.partition}:sagemaker:${region}:${local.account_id}:workteam/private-crowd/*"
        ]
      }
    }
  }

  # The asterisks of the statement above also span colons and slashes, which no workteam's name has; nor has it the
  # wildcards themselves, which $${*} and $${?} stand for.
  well_formed_workteams_only = {
    Sid      = "WellFormedWorkteamArnsOnly"
    Effect   = "Deny"
    Action   = local.start_labeling
    Resource = "*"
    Condition = {
      StringLike = {
        "sagemaker:WorkteamArn" = concat(
          ["arn:*:*:*:*:*:*", "arn:*:*:*:*:*/*/*/*", "arn:*:*:*:*:*$${*}*", "arn:*:*:*:*:*$${?}*"],
          [for pattern in ["arn:*:*:*$${*}*:*:*"] : pattern if length(var.regions) == 0],
        )
      }
    }
  }

  # Nothing in a request says with which key the answers of a flow definition are encrypted.
  no_flow_definitions = {
    Sid      = "NoFlowDefinitions"
    Effect   = "Deny"
    Action   = ["sagemaker:CreateFlowDefinition", "sagemaker:StartHumanLoop"]
    Resource = "*"
  }

  # The condition keys for encryption keys got new names in June 2026, and nothing says which of the two the service
  # fills in. So the new one decides where it is there, else the old one; where neither is, no key was named.
  output_key_required = {
    Sid      = "OutputKeyRequired"
    Effect   = "Deny"
    Action   = "sagemaker:CreateLabelingJob"
    Resource = "*"
    Condition = {
      Null            = { "sagemaker:OutputKmsKeyArn" = "true" }
      StringNotEquals = { "sagemaker:OutputKmsKey" = local.output_keys }
    }
  }

  no_other_output_key = {
    Sid      = "NoOtherOutputKey"
    Effect   = "Deny"
    Action   = "sagemaker:CreateLabelingJob"
    Resource = "*"
    Condition = {
      Null            = { "sagemaker:OutputKmsKeyArn" = "false" }
      StringNotEquals = { "sagemaker:OutputKmsKeyArn" = local.output_keys }
    }
  }

  # Beside a right new key the old one may be an alias or an id, but not another key.
  no_other_old_output_key = {
    Sid      = "NoOtherOutputKeyByOldName"
    Effect   = "Deny"
    Action   = "sagemaker:CreateLabelingJob"
    Resource = "*"
    Condition = {
      StringLike      = { "sagemaker:OutputKmsKey" = "arn:*:kms:*:*:key/*" }
      StringNotEquals = { "sagemaker:OutputKmsKey" = local.output_keys }
    }
  }

  # Only automated labeling has volumes, and nothing in a request says whether it is on: a missing key is allowed.
  no_other_volume_key = {
    Sid      = "NoOtherVolumeKey"
    Effect   = "Deny"
    Action   = "sagemaker:CreateLabelingJob"
    Resource = "*"
    Condition = {
      Null            = { "sagemaker:VolumeKmsKeyArn" = "false" }
      StringNotEquals = { "sagemaker:VolumeKmsKeyArn" = local.volume_keys }
    }
  }

  no_other_old_volume_key = {
    Sid      = "NoOtherVolumeKeyByOldName"
    Effect   = "Deny"
    Action   = "sagemaker:CreateLabelingJob"
    Resource = "*"
    Condition = {
      Null            = { "sagemaker:VolumeKmsKey" = "false" }
      StringNotEquals = { "sagemaker:VolumeKmsKey" = local.volume_keys }
    }
  }

  these_regions_only = {
    Sid       = "TheseRegionsOnly"
    Effect    = "Deny"
    Action    = local.start_labeling
    Resource  = "*"
    Condition = { StringNotEquals = { "aws:RequestedRegion" = sort(var.regions) } }
  }

  # Ground Truth Plus brings AWS's own workers, Mechanical Turk the public.
  no_other_crowds = {
    Sid      = "NoOtherCrowds"
    Effect   = "Deny"
    Action   = ["groundtruthlabeling:*", "mechanicalturk:*"]
    Resource = "*"
  }

  # A vendor's workforce is subscribed to on AWS Marketplace.
  no_vendors = {
    Sid    = "NoVendorSubscriptions"
    Effect = "Deny"
    Action = [
      "aws-marketplace:AcceptAgreementRequest",
      "aws-marketplace:CreateAgreementRequest",
      "aws-marketplace:Subscribe",
    ]
    Resource = "*"
  }

  output_keys = sort(var.output_kms_key_arns)
  volume_keys = sort(length(var.volume_kms_key_arns) > 0 ? var.volume_kms_key_arns : var.output_kms_key_arns)

  denied_everywhere = concat(
    [local.private_workteams_only],
    [for statement in [local.listed_workteams_only] : statement if length(var.workteam_arns) > 0],
    [for statement in [local.own_workteams_only] : statement if length(var.workteam_arns) == 0],
    [for statement in [local.well_formed_workteams_only] : statement if length(var.workteam_arns) == 0],
    [for statement in [local.no_flow_definitions] : statement if !var.allow_flow_definitions],
    [for statement in [local.these_regions_only] : statement if length(var.regions) > 0],
    [local.output_key_required],
    [local.no_other_output_key],
    [local.no_other_old_output_key],
    [local.no_other_volume_key],
    [local.no_other_old_volume_key],
    [local.no_other_crowds],
  )
}

################################################################################
# How the guardrail protects itself
################################################################################

locals {
  change_boundaries = [
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
  ]

  keep_boundaries = {
    Sid      = "KeepBoundaries"
    Effect   = "Deny"
    Action   = local.change_boundaries
    Resource = "*"
  }

  keep_guardrail = {
    Sid    = "KeepGuardrail"
    Effect = "Deny"
    Action = [
      "iam:CreatePolicyVersion",
      "iam:DeletePolicy",
      "iam:DeletePolicyVersion",
      "iam:SetDefaultPolicyVersion",
    ]
    Resource = [local.policy_arn, local.boundary_arn]
  }

  keep_guardrail_attached = {
    Sid       = "KeepGuardrailAttached"
    Effect    = "Deny"
    Action    = ["iam:DetachGroupPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy"]
    Resource  = "*"
    Condition = { ArnEquals = { "iam:PolicyARN" = local.policy_arn } }
  }

  # Otherwise a principal could give itself a second one that nothing binds.
  bind_new_principals = {
    Sid    = "BindNewPrincipals"
    Effect = "Deny"
    Action = [
      "iam:AttachRolePolicy",
      "iam:AttachUserPolicy",
      "iam:CreateRole",
      "iam:CreateUser",
      "iam:PutRolePolicy",
      "iam:PutUserPolicy",
      "iam:UpdateAssumeRolePolicy",
    ]
    Resource  = "*"
    Condition = { StringNotEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
  }

  protected_from_the_bound = [
    local.keep_boundaries,
    local.keep_guardrail,
    local.keep_guardrail_attached,
    local.bind_new_principals,
  ]
}

################################################################################
# Permissions boundary
#
# A boundary grants nothing: it is the most that a principal's own policies can
# grant. It needs an Allow, and here that names what labeling needs, no more.
################################################################################

locals {
  boundary_allow = {
    Sid      = "AtMost"
    Effect   = "Allow"
    Action   = sort(var.boundary_allowed_actions)
    Resource = "*"
  }

  boundary_pass_role = {
    Sid       = "HandOverExecutionRole"
    Effect    = "Allow"
    Action    = "iam:PassRole"
    Resource  = "${local.iam}:role/${var.name_prefix}-labeling-execution"
    Condition = { StringEquals = { "iam:PassedToService" = "sagemaker.amazonaws.com" } }
  }

  permissions_boundary_json = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [local.boundary_allow],
      [local.boundary_pass_role],
      local.denied_everywhere,
      [local.no_vendors],
      local.protected_from_the_bound,
    )
  })
}

resource "aws_iam_policy" "boundary" {
  # gtctl:waive=GT310 A permissions boundary grants nothing; it is the most that other policies can grant
  # gtctl:waive=GT312 A permissions boundary grants nothing; it is the most that other policies can grant
  count = var.create_permissions_boundary ? 1 : 0

  name        = local.boundary_name
  description = "Permissions boundary: labeling by the account's own private workteams, encrypted with its own keys"
  policy      = local.permissions_boundary_json
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = local.account_id == data.aws_caller_identity.this.account_id
      error_message = "The provider is signed in to account ${data.aws_caller_identity.this.account_id}, but account_id is ${local.account_id}: use a provider of that account, or set create_permissions_boundary = false."
    }
  }
}

################################################################################
# IAM policy
################################################################################

locals {
  policy_json = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.denied_everywhere, [local.no_vendors], local.protected_from_the_bound)
  })
}

resource "aws_iam_policy" "guardrail" {
  count = var.create_policy ? 1 : 0

  name        = local.policy_name
  description = "Denies labeling by anybody but the account's own private workteams, or without its own keys"
  policy      = local.policy_json
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = local.account_id == data.aws_caller_identity.this.account_id
      error_message = "The provider is signed in to account ${data.aws_caller_identity.this.account_id}, but account_id is ${local.account_id}: use a provider of that account, or set create_policy = false."
    }
  }
}

################################################################################
# Service control policy
#
# It binds every principal of the account, so that nobody can make one that it
# does not bind. The exempt roles may subscribe and maintain the guardrail;
# nobody is exempt from what it says of labeling.
################################################################################

locals {
  not_exempt = { ArnNotLike = { "aws:PrincipalArn" = sort(var.exempt_role_arns) } }

  scp_for_others_than_the_exempt = [
    local.no_vendors,
    {
      Sid    = "KeepBoundaries"
      Effect = "Deny"
      Action = local.change_boundaries
      Resource = [
        "${local.iam}:role/${var.name_prefix}-labeling-*",
        "${local.iam}:user/${var.name_prefix}-labeling-*",
      ]
    },
    local.keep_guardrail,
    local.keep_guardrail_attached,
  ]

  scp_json = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.denied_everywhere, [
      for statement in local.scp_for_others_than_the_exempt : merge(
        statement,
        { for name, condition in { Condition = merge(try(statement.Condition, {}), local.not_exempt) } :
        name => condition if length(var.exempt_role_arns) > 0 },
      )
    ])
  })
}

resource "aws_organizations_policy" "this" {
  count = length(var.scp_target_ids) > 0 ? 1 : 0

  name        = local.policy_name
  description = "Labeling by own private workteams, encrypted with own keys"
  type        = "SERVICE_CONTROL_POLICY"
  content     = local.scp_json
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = length(local.scp_json) <= 5120
      error_message = "The service control policy has ${length(local.scp_json)} characters, and AWS takes 5120: name fewer keys or exempt roles, or leave workteam_arns empty, which allows every private workteam of the account."
    }
  }
}

resource "aws_organizations_policy_attachment" "this" {
  for_each = var.scp_target_ids

  policy_id = aws_organizations_policy.this[0].id
  target_id = each.value
}
