################################################################################
# Names
################################################################################

variable "name_prefix" {
  description = "Begins the names of the roles and policies. Key policies name the roles before they exist: NAME_PREFIX-labeling-execution, -labeling-launcher and -labeling-auditor."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must have 3 to 32 characters: lower-case letters, digits and hyphens."
  }
}

variable "tags" {
  description = "Tags of roles and policies."
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

variable "permissions_boundary_arn" {
  description = "ARN of a policy that bounds the roles, or null. It must leave them what they need, the use of the keys included."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null ? true : can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy (arn:aws:iam::ACCOUNT:policy/NAME)."
  }
}

variable "launcher_permissions_boundary_arn" {
  description = "ARN of a policy that bounds the launcher role in place of permissions_boundary_arn, such as the guardrails' boundary; null: the same."
  type        = string
  default     = null

  validation {
    condition     = var.launcher_permissions_boundary_arn == null ? true : can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.launcher_permissions_boundary_arn))
    error_message = "launcher_permissions_boundary_arn must be the ARN of an IAM policy (arn:aws:iam::ACCOUNT:policy/NAME)."
  }
}

################################################################################
# What the roles work on
################################################################################

variable "bucket_arns" {
  description = "ARNs of the buckets with images and for labels."
  type = object({
    scans  = string
    labels = string
  })
  nullable = false

  validation {
    condition     = alltrue([for arn in values(var.bucket_arns) : can(regex("^arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", arn))])
    error_message = "bucket_arns must be ARNs of buckets (arn:aws:s3:::NAME), without a path."
  }
}

variable "log_group_names" {
  description = "Log groups to which Ground Truth writes with the execution role."
  type        = set(string)
  default     = ["/aws/sagemaker/LabelingJobs", "/aws/sagemaker/groundtruth/WorkerActivity"]
  nullable    = false

  validation {
    condition     = length(var.log_group_names) >= 1 && alltrue([for name in var.log_group_names : can(regex("^[a-zA-Z0-9._/#-]{1,512}$", name))])
    error_message = "log_group_names must hold at least one name of letters, digits and ._/#-, and no wildcard."
  }
}

variable "workteam_arns" {
  description = "ARNs of the private workteams for which jobs may be launched."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for arn in var.workteam_arns :
      can(regex("^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:workteam/private-crowd/[a-zA-Z0-9](-*[a-zA-Z0-9])*$", arn))
    ])
    error_message = "workteam_arns must be ARNs of private workteams (arn:aws:sagemaker:REGION:ACCOUNT:workteam/private-crowd/NAME): nobody else may see the images."
  }
}

variable "output_kms_key_arns" {
  description = "ARNs of the keys with which a job may encrypt its output (and the volumes of automated labeling)."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.output_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", arn))])
    error_message = "output_kms_key_arns must be ARNs of keys (arn:aws:kms:REGION:ACCOUNT:key/ID): condition keys know no aliases."
  }
}

variable "scans_kms_key_arns" {
  description = "ARNs of the keys that encrypt the images. The launcher role reads their settings before a launch."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.scans_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", arn))])
    error_message = "scans_kms_key_arns must be ARNs of keys (arn:aws:kms:REGION:ACCOUNT:key/ID)."
  }
}

variable "user_pool_id" {
  description = "Cognito pool of the workforce, or null where it has another identity provider. The launcher role reads its settings, and whether somebody is in the workteams' groups, before a launch."
  type        = string
  default     = null

  validation {
    condition     = var.user_pool_id == null || can(regex("^[a-z0-9-]+_[a-zA-Z0-9]+$", var.user_pool_id))
    error_message = "user_pool_id must be the id of a pool (REGION_ID)."
  }
}

variable "notification_topic_arns" {
  description = "ARNs of the topics that tell workers of new work. The launcher role reads their settings before a launch."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.notification_topic_arns : can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[a-zA-Z0-9_-]+$", arn))])
    error_message = "notification_topic_arns must be ARNs of topics (arn:aws:sns:REGION:ACCOUNT:NAME)."
  }
}

################################################################################
# Who may take the roles
################################################################################

variable "launcher_trusted_arns" {
  description = "Roles and users that may take the launcher role: people and pipelines that launch labeling jobs. They must exist. Empty: the role is not made."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.launcher_trusted_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "launcher_trusted_arns must be ARNs of roles or users (arn:aws:iam::ACCOUNT:role/NAME): neither a whole account, nor wildcards, nor sessions (sts)."
  }

  validation {
    condition     = length(var.launcher_trusted_arns) == 0 || length(var.workteam_arns) > 0
    error_message = "launcher_trusted_arns asks for a launcher role: name the workteams it may use in workteam_arns."
  }

  validation {
    condition     = length(var.launcher_trusted_arns) == 0 || length(var.output_kms_key_arns) > 0
    error_message = "launcher_trusted_arns asks for a launcher role: name the keys for the output of jobs in output_kms_key_arns."
  }
}

variable "auditor_trusted_arns" {
  description = "Roles and users that may take the read-only auditor role. They must exist. Empty: the role is not made."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.auditor_trusted_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "auditor_trusted_arns must be ARNs of roles or users (arn:aws:iam::ACCOUNT:role/NAME): neither a whole account, nor wildcards, nor sessions (sts)."
  }
}

variable "trusted_account_ids" {
  description = "Other accounts whose roles and users may be trusted, such as the one where pipelines or auditors live. Trusted ARNs of any other account are refused."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.trusted_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "trusted_account_ids must be account ids of 12 digits, in quotes: some begin with a zero."
  }
}

variable "require_mfa" {
  description = "Whether trusted IAM users must have signed in with a second factor. Roles never carry that mark into another role (neither those of IAM Identity Center nor pipelines), so theirs is the identity provider's affair."
  type        = bool
  default     = true
  nullable    = false
}
