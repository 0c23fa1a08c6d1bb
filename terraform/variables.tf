################################################################################
# Where, and what it is called
################################################################################

variable "region" {
  description = "AWS Region of everything; one of the twelve that have the built-in bounding-box task."
  type        = string
  nullable    = false

  validation {
    condition = contains([
      "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
      "eu-central-1", "eu-west-1", "eu-west-2", "us-east-1", "us-east-2", "us-west-2",
    ], var.region)
    error_message = "Ground Truth has its built-in bounding-box task in ap-northeast-1, ap-northeast-2, ap-south-1, ap-southeast-1, ap-southeast-2, ca-central-1, eu-central-1, eu-west-1, eu-west-2, us-east-1, us-east-2 and us-west-2 only: choose one of them."
  }
}

variable "name_prefix" {
  description = "Begins every name: 3 to 32 lower-case letters, digits and hyphens. It is also the name of the workforce."
  type        = string
  default     = "gtctl"
  nullable    = false

  # The modules check it too; here it is said once.
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must have 3 to 32 characters (lower-case letters, digits and hyphens), or the names made of it are too long for buckets and roles: shorten it."
  }
}

variable "tags" {
  description = "Tags of everything that can be tagged."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = length(var.tags) <= 49 && alltrue([
      for key, value in var.tags :
      can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")
    ])
    error_message = "tags must be at most 49, with keys of 1 to 128 and values of up to 256 letters, digits, spaces and _.:/=+-@; no key may begin with aws:, which is AWS's own."
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

variable "kms_deletion_window_in_days" {
  description = "How many days a deleted key can still be restored, 7 to 30."
  type        = number
  default     = 30
  nullable    = false
}

variable "kms_rotation_period_in_days" {
  description = "After how many days a key gets new key material, 90 to 2560."
  type        = number
  default     = 365
  nullable    = false
}

variable "kms_administrator_role_arns" {
  description = "ARNs of the only roles that administer the keys; they must exist, and the one that applies this must be among them. Empty (the safe form): whoever IAM policies of the account allow it."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "data_role_arns" {
  description = "ARNs of further roles of the account that upload scans and read labels (the launcher role does in any case). They use the keys of scans and labels through S3 only."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "log_reader_role_arns" {
  description = "ARNs of roles of the account that read the trail's files; the logs key lets nobody else decrypt them."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "allow_auto_labeling" {
  description = "Whether the execution role may grant AWS services the use of the labels key, which the volumes of automated data labeling need. Automated labeling sends images to training instances: leave it off for patients' images."
  type        = bool
  default     = false
  nullable    = false
}

################################################################################
# Buckets
################################################################################

variable "require_encryption_headers" {
  description = "Whether a put to scans or labels must name encryption and key; otherwise one that says nothing is encrypted by the bucket's default, which is the same key."
  type        = bool
  default     = false
  nullable    = false
}

variable "noncurrent_version_days" {
  description = "How many days replaced and deleted objects are kept; null keeps them for ever."
  type        = number
  default     = 90
}

variable "abort_incomplete_upload_days" {
  description = "After how many days the parts of an upload that never ended are deleted; null keeps them."
  type        = number
  default     = 7
}

variable "scans_expiration_days" {
  description = "After how many days scans are deleted; null keeps them."
  type        = number
  default     = null
}

variable "labels_expiration_days" {
  description = "After how many days labels are deleted; null keeps them."
  type        = number
  default     = null
}

variable "logs_expiration_days" {
  description = "After how many days logs are deleted; null keeps them. The default is six years (45 CFR 164.316(b)(2)(i))."
  type        = number
  default     = 2192
}

variable "object_lock" {
  description = "Default Object Lock of every new object: mode GOVERNANCE or COMPLIANCE, days, and the buckets (scans unless told otherwise); null for none. Object Lock can't be taken off a bucket again."
  type = object({
    mode    = string
    days    = number
    buckets = optional(set(string), ["scans"])
  })
  default = null
}

variable "replication" {
  description = "Bucket and key to which scans and labels are copied, usually in another Region; null for no copies. The key lies in the Region of its bucket, and the bucket keeps versions."
  type = object({
    scans  = object({ bucket_arn = string, kms_key_arn = string })
    labels = object({ bucket_arn = string, kms_key_arn = string })
  })
  default = null
}

variable "vpc_endpoint_ids" {
  description = "S3 VPC endpoints through which alone the content of scans and labels is reached, beside Ground Truth's own. Empty: from anywhere, as far as policies allow."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "force_destroy" {
  description = "Whether destroying the stack deletes buckets that still hold objects. Leave it off for real data."
  type        = bool
  default     = false
  nullable    = false
}

################################################################################
# Workforce
################################################################################

variable "workteams" {
  description = <<-EOT
    The private workteams by name; the first in alphabetical order is the one of the single outputs. Who is in a team's
    groups sees the images of its jobs, so no group serves two teams.
      description: what the team is for.
      groups: groups that exist already, of your OIDC provider or of an adopted workforce's Cognito pool. Left out with
        Cognito: a group with the team's name is made.
      notify: whether its members hear of new work; true wherever notify_workers is.
  EOT
  type = map(object({
    description = string
    groups      = optional(list(string))
    notify      = optional(bool)
  }))
  default = {
    readers = { description = "People who may see the images" }
  }
  nullable = false
}

variable "source_ip_cidrs" {
  description = "Public network ranges from which the worker portal can be used, at most 10. Elsewhere workers see a blank page. Empty only with vpc, existing_workforce or allow_any_network."
  type        = set(string)
  nullable    = false
}

variable "vpc" {
  description = "VPC in which the portal can be used (the service makes two interface endpoints in it), or null. Where no source_ip_cidrs are given, the public portal is closed by the VPC's own range."
  type = object({
    vpc_id             = string
    subnet_ids         = set(string)
    security_group_ids = set(string)
  })
  default = null
}

variable "allow_any_network" {
  description = "Whether the portal may be open to the whole internet, so that passwords and second factors are all that protects it. Needed where neither source_ip_cidrs nor vpc is given."
  type        = bool
  default     = false
  nullable    = false
}

variable "bind_images_to" {
  description = "From where the address of an image works that a worker got: worker_ip (only the network address of that worker), vpc_endpoint (the same, and only through an S3 endpoint of the VPC), or nothing. Choose nothing only where portal and image traffic leave your network by different addresses."
  type        = string
  default     = "worker_ip"
  nullable    = false
}

variable "cognito" {
  description = <<-EOT
    Settings of the Cognito user pool, which is made where neither oidc nor existing_workforce is given. A second factor
    (authenticator app), sign-up by administrators only and names without regard to case are not settings: they are on.
      password_minimum_length: 14 to 99.
      temporary_password_days: how long an invitation can be used, 1 to 7.
      threat_protection: whether Cognito blocks leaked passwords and risky sign-ins. It needs Cognito's Plus plan,
        which costs more for each active worker; without it the pool is on the Essentials plan.
      access_token_minutes: 5 to 60; id_token_minutes: 5 to 60.
      refresh_token_hours: after that long a worker signs in again, 1 to 12. A task may take 8.
  EOT
  type = object({
    password_minimum_length = optional(number, 14)
    temporary_password_days = optional(number, 3)
    threat_protection       = optional(bool, true)
    access_token_minutes    = optional(number, 60)
    id_token_minutes        = optional(number, 60)
    refresh_token_hours     = optional(number, 8)
  })
  default  = {}
  nullable = false
}

variable "oidc" {
  description = "Your own OpenID Connect provider instead of Cognito, or null. It must ask for a second factor itself: nobody else does. It can be changed only while the workforce has no workteams."
  type = object({
    client_id                           = string
    issuer                              = string
    authorization_endpoint              = string
    token_endpoint                      = string
    user_info_endpoint                  = string
    logout_endpoint                     = string
    jwks_uri                            = string
    scope                               = optional(string)
    authentication_request_extra_params = optional(map(string))
  })
  default = null
}

variable "oidc_client_secret" {
  description = "Secret of the OIDC client, best given as TF_VAR_oidc_client_secret. It lands in the Terraform state: keep the state encrypted and closed."
  type        = string
  default     = null
  sensitive   = true
}

variable "existing_workforce" {
  description = "The workforce that this account and Region has already, to adopt it: the teams and groups are made in it, the workforce, its pool and its client stay as they are. Leave user_pool_id and client_id out where it uses an OIDC provider."
  type = object({
    name         = string
    user_pool_id = optional(string)
    client_id    = optional(string)
  })
  default = null
}

variable "deletion_protection" {
  description = "Whether the user pool is protected against deletion. It must be turned off (and applied) before a destroy."
  type        = bool
  default     = true
  nullable    = false
}

variable "notify_workers" {
  description = "Whether there is a topic through which workers hear of new work; each worker subscribes in the portal."
  type        = bool
  default     = true
  nullable    = false
}

################################################################################
# Roles and guardrails
################################################################################

variable "launcher_trusted_arns" {
  description = "Roles and users that may take the role that uploads scans and launches jobs: people and pipelines. They must exist. Empty: there is no such role."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "auditor_trusted_arns" {
  description = "Roles and users that may take the role that reads every setting and no image. They must exist. Empty: there is no such role."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "trusted_account_ids" {
  description = "Other accounts whose roles and users may be trusted, such as the one where pipelines or auditors live. Trusted ARNs of any other account are refused."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "require_mfa" {
  description = "Whether trusted IAM users must have signed in with a second factor. Roles never carry that mark into another role (neither those of IAM Identity Center nor pipelines), so theirs is the identity provider's affair."
  type        = bool
  default     = true
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "ARN of your own permissions boundary for the execution and auditor roles, or null. The launcher has the guardrail's."
  type        = string
  default     = null
}

variable "allow_flow_definitions" {
  description = "Whether flow definitions of Amazon A2I may be made for private workteams. IAM cannot see with which key their answers are encrypted; false denies them, and starting work with those that exist."
  type        = bool
  default     = false
  nullable    = false
}

variable "guardrail_exempt_role_arns" {
  description = "Roles that the service control policy (output scp_json) lets subscribe on AWS Marketplace and change the guardrail, such as the one that runs Terraform; wildcards in the name are allowed. Nobody is exempt from what it denies of labeling."
  type        = list(string)
  default     = []
  nullable    = false
}

################################################################################
# Evidence
################################################################################

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

variable "keep_log_groups" {
  description = "Whether destroying the stack leaves the log groups and what they hold, as the duty to keep evidence demands. They have to be imported before the stack can be applied again."
  type        = bool
  default     = true
  nullable    = false
}

variable "log_retention_in_days" {
  description = "How long the log groups keep their events. 2192 days are six years, for which HIPAA wants documentation kept."
  type        = number
  default     = 2192
  nullable    = false
}

variable "allow_short_log_retention" {
  description = "Whether log_retention_in_days may be shorter than six years."
  type        = bool
  default     = false
  nullable    = false
}

variable "alert_emails" {
  description = "Addresses that get the alerts; each has to confirm by the link it is sent."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "notify_job_states" {
  description = "Whether the completion, failure and stop of every job is announced too."
  type        = bool
  default     = true
  nullable    = false
}

variable "keep_undelivered_alerts" {
  description = "Whether alerts that cannot be delivered are kept for 14 days in an encrypted queue."
  type        = bool
  default     = true
  nullable    = false
}

################################################################################
# The provider
################################################################################

variable "max_retries" {
  description = "How often the provider repeats a call that failed."
  type        = number
  default     = 25
  nullable    = false

  validation {
    condition     = var.max_retries >= 0 && floor(var.max_retries) == var.max_retries
    error_message = "max_retries must be a whole number, 0 or more."
  }
}

variable "s3_use_path_style" {
  description = "Whether buckets are addressed by path; needed where the endpoint is an address instead of a name."
  type        = bool
  default     = false
  nullable    = false
}
