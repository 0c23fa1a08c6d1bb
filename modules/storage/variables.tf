variable "name_prefix" {
  description = "Begins the names of the buckets."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must have 3 to 32 characters: lower-case letters, digits and hyphens."
  }
}

variable "kms_key_arns" {
  description = "ARN of the key for each bucket: scans, labels, logs."
  type = object({
    scans  = string
    labels = string
    logs   = string
  })
  nullable = false
}

variable "noncurrent_version_days" {
  description = "How many days replaced and deleted objects are kept; null keeps them for ever."
  type        = number
  default     = 90

  validation {
    condition     = coalesce(var.noncurrent_version_days, 1) >= 1
    error_message = "noncurrent_version_days must be at least 1, or null to keep every version."
  }
}

variable "force_destroy" {
  description = "Whether destroying the stack deletes buckets that still hold objects. Leave it off for real data."
  type        = bool
  default     = false
  nullable    = false
}
