variable "name_prefix" {
  description = "Begins the names of the buckets and of the replication role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must have 3 to 32 characters: lower-case letters, digits and hyphens."
  }

  validation {
    condition     = !can(regex("^(xn--|sthree-|amzn-s3-demo-)", var.name_prefix))
    error_message = "name_prefix must not begin with xn--, sthree- or amzn-s3-demo-: S3 keeps such bucket names for itself."
  }
}

variable "tags" {
  description = "Tags of the buckets, and of the replication role and its policy."
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

variable "force_destroy" {
  description = "Whether destroying the stack deletes buckets that still hold objects. Leave it off for real data."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.force_destroy && try(var.object_lock.mode, "") == "COMPLIANCE")
    error_message = "force_destroy can't delete what object_lock keeps in COMPLIANCE mode: turn it off, or use GOVERNANCE."
  }
}

################################################################################
# Encryption
################################################################################

variable "kms_key_arns" {
  description = "ARN of the key for each bucket: scans, labels, logs."
  type = object({
    scans  = string
    labels = string
    logs   = string
  })
  nullable = false

  validation {
    condition     = alltrue([for arn in values(var.kms_key_arns) : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", arn))])
    error_message = "kms_key_arns must be ARNs of keys (arn:aws:kms:REGION:ACCOUNT:key/ID), not aliases or ids."
  }
}

variable "require_encryption_headers" {
  description = "Whether a put to scans or labels must name encryption and key; otherwise one that says nothing is encrypted by the bucket's default, which is the same key."
  type        = bool
  default     = false
  nullable    = false
}

variable "logs_default_encryption" {
  description = "Default encryption of the logs bucket: AES256 (SSE-S3), to which alone S3 is sure to deliver access logs, or aws:kms with the logs key. The trail's files are encrypted with the logs key in either case."
  type        = string
  default     = "AES256"
  nullable    = false

  validation {
    condition     = contains(["AES256", "aws:kms"], var.logs_default_encryption)
    error_message = "logs_default_encryption must be AES256 or aws:kms."
  }
}

################################################################################
# Access
################################################################################

variable "vpc_endpoint_ids" {
  description = "VPC endpoints through which alone the content of scans and labels is reached, beside Ground Truth's own. Empty: from anywhere, as far as policies allow."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.vpc_endpoint_ids : can(regex("^vpce-[0-9a-f]{8,17}$", id))])
    error_message = "vpc_endpoint_ids must be ids of VPC endpoints, such as vpce-0123456789abcdef0."
  }
}

variable "cloudtrail_arn" {
  description = "ARN of the trail that may write to the logs bucket; null without a trail. The trail need not exist yet."
  type        = string
  default     = null

  validation {
    condition     = var.cloudtrail_arn == null || can(regex("^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:[0-9]{12}:trail/[a-zA-Z0-9._-]+$", var.cloudtrail_arn))
    error_message = "cloudtrail_arn must be the ARN of a trail (arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME), without wildcards, or null."
  }
}

variable "eventbridge_notifications" {
  description = "Whether the buckets report changes of their objects to EventBridge."
  type        = bool
  default     = true
  nullable    = false
}

################################################################################
# Retention
################################################################################

variable "noncurrent_version_days" {
  description = "How many days replaced and deleted objects are kept; null keeps them for ever."
  type        = number
  default     = 90

  validation {
    condition     = coalesce(var.noncurrent_version_days, 1) >= 1
    error_message = "noncurrent_version_days must be at least 1, or null to keep every version."
  }
}

variable "abort_incomplete_upload_days" {
  description = "After how many days the parts of an upload that never ended are deleted; null keeps them."
  type        = number
  default     = 7

  validation {
    condition     = coalesce(var.abort_incomplete_upload_days, 1) >= 1
    error_message = "abort_incomplete_upload_days must be at least 1, or null to keep the parts."
  }
}

variable "scans_expiration_days" {
  description = "After how many days scans are deleted; null keeps them."
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.scans_expiration_days, 1) >= 1
    error_message = "scans_expiration_days must be at least 1, or null to keep scans."
  }
}

variable "labels_expiration_days" {
  description = "After how many days labels are deleted; null keeps them."
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.labels_expiration_days, 1) >= 1
    error_message = "labels_expiration_days must be at least 1, or null to keep labels."
  }
}

variable "logs_expiration_days" {
  description = "After how many days logs are deleted; null keeps them. The default is six years (45 CFR 164.316(b)(2)(i))."
  type        = number
  default     = 2192

  validation {
    condition     = coalesce(var.logs_expiration_days, 1) >= 1
    error_message = "logs_expiration_days must be at least 1, or null to keep logs."
  }
}

variable "object_lock" {
  description = "Default Object Lock of every new object: mode GOVERNANCE or COMPLIANCE, days, and the buckets (scans unless told otherwise); null for none. Object Lock can't be taken off a bucket again."
  type = object({
    mode    = string
    days    = number
    buckets = optional(set(string), ["scans"])
  })
  default = null

  validation {
    condition     = var.object_lock == null || contains(["GOVERNANCE", "COMPLIANCE"], try(var.object_lock.mode, ""))
    error_message = "object_lock.mode must be GOVERNANCE or COMPLIANCE."
  }

  validation {
    condition     = var.object_lock == null || try(var.object_lock.days >= 1 && var.object_lock.days <= 36500, false)
    error_message = "object_lock.days must be between 1 and 36500."
  }

  validation {
    condition     = var.object_lock == null || try(length(var.object_lock.buckets) > 0 && length(setsubtract(var.object_lock.buckets, ["scans", "labels"])) == 0, false)
    error_message = "object_lock.buckets must hold scans, labels or both: S3 delivers no access logs to a locked bucket."
  }
}

variable "replication" {
  description = "Bucket and key to which scans and labels are copied; null for no copies. The key lies in the Region of its bucket, and the bucket keeps versions."
  type = object({
    scans  = object({ bucket_arn = string, kms_key_arn = string })
    labels = object({ bucket_arn = string, kms_key_arn = string })
  })
  default = null

  validation {
    condition     = var.replication == null || alltrue([for bucket in ["scans", "labels"] : can(regex("^arn:aws[a-z-]*:s3:::[a-z0-9.-]{3,63}$", var.replication[bucket].bucket_arn))])
    error_message = "replication needs ARNs of buckets as bucket_arn (arn:aws:s3:::NAME)."
  }

  validation {
    condition     = var.replication == null || alltrue([for bucket in ["scans", "labels"] : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", var.replication[bucket].kms_key_arn))])
    error_message = "replication needs ARNs of keys as kms_key_arn (arn:aws:kms:REGION:ACCOUNT:key/ID), not aliases or ids."
  }
}
