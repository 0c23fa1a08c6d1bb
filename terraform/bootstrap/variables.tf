variable "region" {
  description = "AWS Region of the bucket; best that of the stacks whose state it keeps."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of an AWS Region, such as us-east-1."
  }
}

variable "name_prefix" {
  description = "Begins every name: 3 to 32 lower-case letters, digits and hyphens."
  type        = string
  default     = "gtctl"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must have 3 to 32 characters: lower-case letters, digits and hyphens."
  }
}

variable "environments" {
  description = "The stacks whose state the bucket keeps, by the name of their environment (terraform/environments/NAME.tfvars)."
  type        = set(string)
  default     = ["aws"]
  nullable    = false

  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in var.environments : can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", name))])
    error_message = "environments must hold at least one name of 1 to 64 letters, digits, hyphens and underscores."
  }
}

variable "operator_role_arns" {
  description = "The roles that plan and apply: only they can read and write the state, which holds secrets. Empty: everybody whom IAM lets use the bucket and the key."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.operator_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", arn))])
    error_message = "operator_role_arns must hold ARNs of IAM roles (arn:aws:iam::ACCOUNT:role/NAME), not of their sessions."
  }
}

variable "noncurrent_version_days" {
  description = "How many days replaced states can be restored; null keeps them for ever."
  type        = number
  default     = 365

  validation {
    condition     = var.noncurrent_version_days == null ? true : var.noncurrent_version_days >= 30
    error_message = "noncurrent_version_days must be at least 30, or null: a damaged state may not be noticed for weeks."
  }
}

variable "access_logs_bucket_name" {
  description = "Name of an existing bucket that takes the access log; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.access_logs_bucket_name == null ? true : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.access_logs_bucket_name))
    error_message = "access_logs_bucket_name must be the name of a bucket, not its ARN."
  }
}

variable "s3_use_path_style" {
  description = "Whether buckets are addressed by path; needed where the endpoint is an address instead of a name."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of the bucket and the key."
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
