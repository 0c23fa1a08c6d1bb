################################################################################
# Names
################################################################################

variable "name_prefix" {
  description = "Begins the names of the trail, the topic, the rules and the role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must have 3 to 32 characters: lower-case letters, digits and hyphens."
  }
}

variable "tags" {
  description = "Tags of everything that can be tagged."
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
# What is watched
################################################################################

variable "bucket_arns" {
  description = "ARNs of the buckets with images and for labels: each read and write of an object is recorded."
  type = object({
    scans  = string
    labels = string
  })
  nullable = false

  validation {
    condition     = alltrue([for arn in values(var.bucket_arns) : can(regex("^arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", arn))])
    error_message = "bucket_arns must hold ARNs of buckets (arn:aws:s3:::NAME), without a path."
  }
}

variable "logs_bucket_name" {
  description = "Name of the bucket that takes the trail's files below cloudtrail/; its policy must let the trail write there."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.logs_bucket_name))
    error_message = "logs_bucket_name must be the name of a bucket, not its ARN."
  }
}

variable "private_workteam_arns" {
  description = "The private workteams that may get work; a job for any other raises an alert. Empty: every private workteam of this account in this Region."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.private_workteam_arns : can(regex("^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:workteam/private-crowd/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", arn))])
    error_message = "private_workteam_arns must hold ARNs of private workteams (arn:aws:sagemaker:REGION:ACCOUNT:workteam/private-crowd/NAME): public and vendor teams must not see the images."
  }
}

variable "output_kms_key_arns" {
  description = "The keys that jobs may name for their output; a job with another key, or without one, raises an alert."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.output_kms_key_arns) > 0 && alltrue([for arn in var.output_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", arn))])
    error_message = "output_kms_key_arns must hold at least one ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID), not an alias or a bare id."
  }
}

variable "volume_kms_key_arns" {
  description = "The keys that jobs with automated labeling may name for their volumes. Empty: those of the output."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.volume_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", arn))])
    error_message = "volume_kms_key_arns must hold ARNs of keys (arn:aws:kms:REGION:ACCOUNT:key/ID), not aliases or bare ids."
  }
}

variable "watched_kms_key_arns" {
  description = "Further keys, such as that of the scans, whose disabling, deletion or change of policy raises an alert; kms_key_arn and output_kms_key_arns are watched in any case."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.watched_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", arn))])
    error_message = "watched_kms_key_arns must hold ARNs of keys (arn:aws:kms:REGION:ACCOUNT:key/ID), not aliases or bare ids."
  }
}

################################################################################
# Where the evidence is kept
################################################################################

variable "kms_key_arn" {
  description = "Key of the trail, the log groups, the topic and the queue; its policy must let CloudTrail, CloudWatch Logs and EventBridge use it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID), not an alias or a bare id."
  }
}

variable "create_trail" {
  description = "Whether a trail is made. Set it to false where the organization has one that records management events and the data events of both buckets."
  type        = bool
  default     = true
  nullable    = false
}

variable "create_log_groups" {
  description = "Whether Ground Truth's log groups are made. The service makes them itself, unencrypted and for ever, once a job has run: import them then, or set this to false."
  type        = bool
  default     = true
  nullable    = false
}

variable "retention_in_days" {
  description = "How long the log groups keep their events. 2192 days are six years, for which HIPAA wants documentation kept."
  type        = number
  default     = 2192
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.retention_in_days)
    error_message = "retention_in_days must be one of the values that CloudWatch Logs takes: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }

  validation {
    condition     = var.retention_in_days >= 2192 || var.allow_short_retention
    error_message = "retention_in_days is below 2192 (six years): raise it, or set allow_short_retention where no such duty applies."
  }
}

variable "allow_short_retention" {
  description = "Whether retention_in_days may be shorter than six years."
  type        = bool
  default     = false
  nullable    = false
}

variable "keep_log_groups" {
  description = "Whether destroying the stack leaves the log groups and what they hold, as the duty to keep evidence demands. They have to be imported before the stack can be applied again."
  type        = bool
  default     = true
  nullable    = false
}

################################################################################
# Who is told
################################################################################

variable "alert_emails" {
  description = "Addresses that get the alerts; each has to confirm by the link it is sent."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_emails must hold e-mail addresses (NAME@DOMAIN)."
  }
}

variable "notify_job_states" {
  description = "Whether the completion, failure and stop of every job is announced too."
  type        = bool
  default     = true
  nullable    = false
}

variable "create_dead_letter_queue" {
  description = "Whether alerts that cannot be delivered are kept for 14 days in an encrypted queue."
  type        = bool
  default     = false
  nullable    = false
}
