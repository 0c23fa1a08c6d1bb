variable "name_prefix" {
  description = "Begins the names of the policies, and of the labeling roles that the service control policy protects."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must have 3 to 32 characters: lower-case letters, digits and hyphens."
  }
}

variable "tags" {
  description = "Tags of the policies."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = length(var.tags) <= 50 && alltrue([
      for key, value in var.tags :
      can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")
    ])
    error_message = "tags must be at most 50, with keys of 1 to 128 and values of up to 256 letters, digits, spaces and _.:/=+-@; no key may begin with aws:, which is AWS's own."
  }
}

variable "account_id" {
  description = "The account in which labeling takes place. Null: the provider's; another one only for a service control policy, which is made in the organization's management account."
  type        = string
  default     = null

  validation {
    condition     = var.account_id == null || can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account, as a string: leading zeros count."
  }
}

################################################################################
# What is allowed
################################################################################

variable "workteam_arns" {
  description = "ARNs of the private workteams that may be given work. Empty: every private workteam of the account."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for arn in var.workteam_arns :
      can(regex("^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:workteam/private-crowd/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", arn))
    ])
    error_message = "workteam_arns must name private workteams (arn:aws:sagemaker:REGION:ACCOUNT:workteam/private-crowd/NAME), without wildcards."
  }
}

variable "output_kms_key_arns" {
  description = "ARNs of the KMS keys with which the output of labeling jobs may be encrypted; at least one."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.output_kms_key_arns) > 0
    error_message = "output_kms_key_arns must name at least one key: without one, no labeling job could start."
  }

  validation {
    condition = alltrue([
      for arn in var.output_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", arn))
    ])
    error_message = "output_kms_key_arns must hold full ARNs of keys (arn:aws:kms:REGION:ACCOUNT:key/ID), no aliases and no wildcards: requests are compared with them letter by letter."
  }
}

variable "volume_kms_key_arns" {
  description = "ARNs of the KMS keys for the volumes of automated labeling. Empty: the output keys."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for arn in var.volume_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", arn))
    ])
    error_message = "volume_kms_key_arns must hold full ARNs of keys (arn:aws:kms:REGION:ACCOUNT:key/ID), no aliases and no wildcards: requests are compared with them letter by letter."
  }
}

variable "regions" {
  description = "AWS Regions in which labeling may be started. Empty: all."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for region in var.regions : can(regex("^[a-z]{2,3}(-[a-z]+)+-[0-9]+$", region))])
    error_message = "regions must hold names of AWS Regions, such as us-east-1."
  }
}

variable "allow_flow_definitions" {
  description = "Whether flow definitions of Amazon A2I may be made for private workteams. IAM cannot see with which key their answers are encrypted; false denies them, and starting work with those that exist."
  type        = bool
  default     = true
  nullable    = false
}

################################################################################
# Which documents become policies
################################################################################

variable "create_permissions_boundary" {
  description = "Whether the permissions boundary is made as a managed policy, to be set on roles."
  type        = bool
  default     = true
  nullable    = false
}

variable "boundary_allowed_actions" {
  description = "The most that principals with the boundary can be allowed by their own policies, besides handing the execution role to SageMaker."
  type        = set(string)
  default = [
    "cloudwatch:PutMetricData",
    "cognito-idp:DescribeUserPool",
    "cognito-idp:DescribeUserPoolClient",
    "cognito-idp:GetGroup",
    "cognito-idp:ListUsersInGroup",
    "iam:GetPolicy*",
    "iam:GetRole*",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:SimulatePrincipalPolicy",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:GetKey*",
    "kms:ReEncrypt*",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
    "s3:AbortMultipartUpload",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucket*",
    "s3:GetEncryptionConfiguration",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "sagemaker:AddTags",
    "sagemaker:CreateFlowDefinition",
    "sagemaker:CreateLabelingJob",
    "sagemaker:DescribeFlowDefinition",
    "sagemaker:DescribeLabelingJob",
    "sagemaker:DescribeWorkforce",
    "sagemaker:DescribeWorkteam",
    "sagemaker:List*",
    "sagemaker:RenderUiTemplate",
    "sagemaker:StopLabelingJob",
    "sns:GetTopicAttributes",
    "sts:GetCallerIdentity",
  ]
  nullable = false

  validation {
    condition     = length(var.boundary_allowed_actions) > 0
    error_message = "boundary_allowed_actions must hold at least one action: a boundary that allows none denies everything."
  }

  validation {
    condition = alltrue([
      for action in var.boundary_allowed_actions : can(regex("^[a-z0-9-]+:[A-Za-z0-9]+[*]?$", action))
    ])
    error_message = "boundary_allowed_actions must hold actions such as s3:GetObject or sagemaker:List*: name the service and at least the beginning of the action."
  }

  validation {
    condition = alltrue([
      for action in var.boundary_allowed_actions :
      lower(action) != "iam:passrole" && !(endswith(action, "*") && startswith("iam:passrole", trimsuffix(lower(action), "*")))
    ])
    error_message = "boundary_allowed_actions must not hold iam:PassRole, nor a wildcard that includes it: the boundary allows it by itself, for the execution role and SageMaker only."
  }
}

variable "create_policy" {
  description = "Whether the denials are made as a managed policy, to be attached to roles, users and groups that must not have the boundary."
  type        = bool
  default     = true
  nullable    = false
}

variable "scp_target_ids" {
  description = "Accounts, organizational units or roots to which the service control policy is attached; the provider must then be the organization's management account. Empty: the policy is not made."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for id in var.scp_target_ids : can(regex("^([0-9]{12}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$", id))
    ])
    error_message = "scp_target_ids must hold account ids (12 digits), ids of organizational units (ou-...) or of roots (r-...)."
  }
}

variable "exempt_role_arns" {
  description = "Roles that the service control policy lets subscribe on AWS Marketplace and change the guardrail, such as the one that runs Terraform; wildcards in the name are allowed. Nobody is exempt from what it denies of labeling."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for arn in var.exempt_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*?]*[a-zA-Z0-9+=,.@_-]{3}.*$", arn))
    ])
    error_message = "exempt_role_arns must name roles of one account (arn:aws:iam::ACCOUNT:role/NAME); before a wildcard there must be at least three characters of the name or path."
  }
}
