variable "name_prefix" {
  description = "Begins the aliases of the keys."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must have 3 to 32 characters: lower-case letters, digits and hyphens."
  }
}

variable "tags" {
  description = "Tags of the keys."
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

################################################################################
# Keys
################################################################################

variable "separate_keys" {
  description = "Whether scans, labels and logs have a key each; otherwise one key serves all three."
  type        = bool
  default     = true
  nullable    = false
}

variable "deletion_window_in_days" {
  description = "How many days a deleted key can still be restored, 7 to 30."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30
    error_message = "deletion_window_in_days must be between 7 and 30."
  }
}

variable "rotation_period_in_days" {
  description = "After how many days a key gets new key material, 90 to 2560."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.rotation_period_in_days >= 90 && var.rotation_period_in_days <= 2560
    error_message = "rotation_period_in_days must be between 90 and 2560."
  }
}

################################################################################
# Who may use and administer them
################################################################################

variable "execution_role_arn" {
  description = "ARN of the role with which Ground Truth reads images and writes labels. The role need not exist yet."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+$", var.execution_role_arn))
    error_message = "execution_role_arn must be the ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME), without wildcards."
  }
}

variable "data_role_arns" {
  description = "ARNs of the roles that upload scans and read labels. They use the keys of scans and labels through S3 only. The roles need not exist yet."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.data_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+$", arn))])
    error_message = "data_role_arns must be ARNs of IAM roles (arn:aws:iam::ACCOUNT:role/NAME), without wildcards."
  }
}

variable "settings_reader_role_arns" {
  description = "ARNs of the roles that read the keys' settings and nothing that the keys encrypt. The roles need not exist yet."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.settings_reader_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+$", arn))])
    error_message = "settings_reader_role_arns must be ARNs of IAM roles (arn:aws:iam::ACCOUNT:role/NAME), without wildcards."
  }
}

variable "log_reader_role_arns" {
  description = "ARNs of the roles that read log files in S3. The roles need not exist yet."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.log_reader_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+$", arn))])
    error_message = "log_reader_role_arns must be ARNs of IAM roles (arn:aws:iam::ACCOUNT:role/NAME), without wildcards."
  }
}

variable "administrator_role_arns" {
  description = "ARNs of the only roles that administer the keys; they must exist, and the one that applies this must be among them. Empty (the safe form): whoever IAM policies of the account allow it."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.administrator_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+$", arn))])
    error_message = "administrator_role_arns must be ARNs of existing IAM roles (arn:aws:iam::ACCOUNT:role/NAME), without wildcards."
  }
}

variable "allow_auto_labeling_volumes" {
  description = "Whether the execution role may grant AWS services the use of the labels key, which the volumes of automated data labeling need. Human labeling needs no volumes."
  type        = bool
  default     = false
  nullable    = false
}

variable "replication_role_arn" {
  description = "ARN of the role with which S3 replicates scans and labels; null where nothing is replicated. The role need not exist yet."
  type        = string
  default     = null

  validation {
    condition     = var.replication_role_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+$", var.replication_role_arn))
    error_message = "replication_role_arn must be the ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME), without wildcards, or null."
  }
}

################################################################################
# Services that use the logs key
################################################################################

variable "cloudtrail_arn" {
  description = "ARN of the trail whose files are encrypted with the logs key; null without a trail. The trail need not exist yet."
  type        = string
  default     = null

  validation {
    condition     = var.cloudtrail_arn == null || can(regex("^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:[0-9]{12}:trail/[a-zA-Z0-9._-]+$", var.cloudtrail_arn))
    error_message = "cloudtrail_arn must be the ARN of a trail (arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME), without wildcards, or null."
  }
}

variable "log_group_arns" {
  description = "ARNs of the log groups that CloudWatch Logs encrypts with the logs key. The groups need not exist yet."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.log_group_arns : can(regex("^arn:aws[a-z-]*:logs:[a-z0-9-]+:[0-9]{12}:log-group:[a-zA-Z0-9_/.#-]+$", arn))])
    error_message = "log_group_arns must be ARNs of log groups (arn:aws:logs:REGION:ACCOUNT:log-group:NAME), without a wildcard or :* at the end."
  }
}

variable "allow_notifications" {
  description = "Whether SageMaker and EventBridge may publish to SNS topics that are encrypted with the logs key."
  type        = bool
  default     = false
  nullable    = false
}
