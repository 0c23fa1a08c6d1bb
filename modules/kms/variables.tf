variable "name_prefix" {
  description = "Begins the aliases of the keys."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must have 3 to 32 characters: lower-case letters, digits and hyphens."
  }
}

variable "execution_role_arn" {
  description = "ARN of the role with which Ground Truth reads images and writes labels."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", var.execution_role_arn))
    error_message = "execution_role_arn must be the ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME)."
  }
}

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
