################################################################################
# Names
################################################################################

variable "name_prefix" {
  description = "Name of the workforce; begins the names of pool, client, domain, topic and workteams."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must have 3 to 32 characters: lower-case letters, digits and hyphens."
  }

  validation {
    condition = (
      var.oidc != null || var.existing_workforce != null
      || length(regexall("aws|amazon|cognito", var.name_prefix)) == 0
    )
    error_message = "name_prefix must not contain aws, amazon or cognito: Cognito refuses such domains."
  }
}

variable "tags" {
  description = "Tags of everything that can be tagged. The workforce itself can't: the service refuses to list its tags."
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
# Workteams
################################################################################

variable "workteams" {
  description = <<-EOT
    The workteams by name. Who is in a team's groups sees the images of its jobs, so no group serves two teams.
      description: what the team is for.
      groups: groups that exist already: names of the OIDC provider's groups (needed there), or of Cognito groups of
        an adopted workforce. Left out with Cognito: a group with the team's name is made.
      notify: whether its members hear of new work; true wherever notifications are given.
  EOT
  type = map(object({
    description = string
    groups      = optional(list(string))
    notify      = optional(bool)
  }))
  nullable = false

  validation {
    condition     = length(var.workteams) >= 1 && length(var.workteams) <= 25
    error_message = "workteams must have 1 to 25 entries: the service takes 25 per account and Region."
  }

  validation {
    condition     = alltrue([for name in keys(var.workteams) : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,29}$", name))])
    error_message = "A workteam's name must have 1 to 30 characters: letters, digits and hyphens, with no hyphen at its ends."
  }

  validation {
    condition     = length(distinct([for name in keys(var.workteams) : lower(name)])) == length(var.workteams)
    error_message = "Two workteams have names that differ only in upper and lower case: rename one."
  }

  validation {
    condition     = alltrue([for team in values(var.workteams) : can(regex("^.{1,200}$", team.description))])
    error_message = "A workteam's description must have 1 to 200 characters."
  }

  validation {
    condition = alltrue([
      for team in values(var.workteams) : team.groups == null ? true : (
        length(team.groups) >= 1 && length(team.groups) <= 10
        && alltrue([for group in team.groups : can(regex("^\\S{1,63}$", group))])
      )
    ])
    error_message = "A workteam's groups must be 1 to 10 names of 1 to 63 characters without spaces."
  }

  # Compared without case: whether Readers and readers are two groups is the identity provider's affair.
  validation {
    condition = length(flatten([for name, team in var.workteams : coalesce(team.groups, [name])])) == length(distinct([
      for group in flatten([for name, team in var.workteams : coalesce(team.groups, [name])]) : lower(group)
    ]))
    error_message = "A group serves more than one workteam: its members would see the images of both. Give each workteam groups of its own."
  }

  validation {
    condition = (
      (var.oidc == null && (var.existing_workforce == null ? true : var.existing_workforce.user_pool_id != null))
      || alltrue([for team in values(var.workteams) : team.groups != null])
    )
    error_message = "With an OIDC provider every workteam needs groups: the names of the provider's groups whose members see the images."
  }

  validation {
    condition = (
      var.oidc != null || var.existing_workforce != null
      || alltrue([for team in values(var.workteams) : team.groups == null])
    )
    error_message = "groups must be left out where this module makes the Cognito pool: it makes a group for each workteam."
  }

  validation {
    condition = (
      var.notifications != null || !anytrue([for team in values(var.workteams) : coalesce(team.notify, false)])
    )
    error_message = "A workteam asks for notify, but there is no topic: give notifications = { kms_key_arn = ... }."
  }
}

################################################################################
# Where workers may be
################################################################################

variable "source_ip_cidrs" {
  description = "Public network ranges from which the worker portal can be used, at most 10. Elsewhere workers see a blank page."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.source_ip_cidrs) <= 10 && alltrue([for cidr in var.source_ip_cidrs : can(cidrhost(cidr, 0))])
    error_message = "source_ip_cidrs must be at most 10 CIDR ranges such as 203.0.113.0/24."
  }

  validation {
    condition = alltrue([
      for cidr in var.source_ip_cidrs : try(tonumber(split("/", cidr)[1]) >= (strcontains(cidr, ":") ? 16 : 8), true)
    ])
    error_message = "source_ip_cidrs must not hold ranges wider than /8 (IPv6: /16): two halves of the internet are the internet."
  }

  validation {
    condition     = var.existing_workforce == null || length(var.source_ip_cidrs) == 0
    error_message = "source_ip_cidrs has no effect on an adopted workforce, whose settings stay as they are: set them there (aws sagemaker update-workforce --source-ip-config) and leave it out here."
  }
}

variable "vpc" {
  description = "VPC in which the portal can be used (the service makes two interface endpoints in it), or null. Where no source_ip_cidrs are given, the public portal is closed by the VPC's own range."
  type = object({
    vpc_id             = string
    subnet_ids         = set(string)
    security_group_ids = set(string)
  })
  default = null

  validation {
    condition = var.vpc == null ? true : (
      can(regex("^vpc-[0-9a-z]+$", var.vpc.vpc_id))
      && length(var.vpc.subnet_ids) >= 1 && length(var.vpc.subnet_ids) <= 16
      && alltrue([for id in var.vpc.subnet_ids : can(regex("^subnet-[0-9a-z]+$", id))])
      && length(var.vpc.security_group_ids) >= 1 && length(var.vpc.security_group_ids) <= 5
      && alltrue([for id in var.vpc.security_group_ids : can(regex("^sg-[0-9a-z]+$", id))])
    )
    error_message = "vpc needs a vpc_id (vpc-...), 1 to 16 subnet_ids (subnet-...) and 1 to 5 security_group_ids (sg-...)."
  }

  validation {
    condition     = var.existing_workforce == null || var.vpc == null
    error_message = "vpc has no effect on an adopted workforce, whose settings stay as they are: set it there (aws sagemaker update-workforce --workforce-vpc-config) and leave it out here."
  }
}

variable "allow_any_network" {
  description = "Whether the portal may be open to the whole internet, so that passwords and second factors are all that protects it."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition = (
      var.allow_any_network || length(var.source_ip_cidrs) > 0 || var.vpc != null || var.existing_workforce != null
    )
    error_message = "The worker portal would be open to the whole internet: give source_ip_cidrs (the ranges of your network) or vpc, or accept it with allow_any_network = true."
  }

  validation {
    condition     = !(var.allow_any_network && length(var.source_ip_cidrs) > 0)
    error_message = "allow_any_network = true contradicts source_ip_cidrs: leave one of them out."
  }
}

variable "bind_images_to" {
  description = "From where the address of an image works that a worker got: worker_ip (only the network address of that worker), vpc_endpoint (the same, and only through an S3 endpoint of the VPC), or nothing. Choose nothing only where portal and image traffic leave your network by different addresses."
  type        = string
  default     = "worker_ip"
  nullable    = false

  validation {
    condition     = contains(["worker_ip", "vpc_endpoint", "nothing"], var.bind_images_to)
    error_message = "bind_images_to must be worker_ip, vpc_endpoint or nothing."
  }

  validation {
    condition     = var.bind_images_to != "vpc_endpoint" || var.vpc != null || var.existing_workforce != null
    error_message = "bind_images_to = \"vpc_endpoint\" needs vpc: outside a VPC no image would load."
  }
}

################################################################################
# Who the workers are: Cognito, an OIDC provider, or a workforce that exists
################################################################################

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

  validation {
    condition     = var.cognito.password_minimum_length >= 14 && var.cognito.password_minimum_length <= 99
    error_message = "cognito.password_minimum_length must be between 14 and 99."
  }

  validation {
    condition     = var.cognito.temporary_password_days >= 1 && var.cognito.temporary_password_days <= 7
    error_message = "cognito.temporary_password_days must be between 1 and 7."
  }

  validation {
    condition = alltrue([
      for minutes in [var.cognito.access_token_minutes, var.cognito.id_token_minutes] : minutes >= 5 && minutes <= 60
    ])
    error_message = "cognito.access_token_minutes and id_token_minutes must be between 5 and 60."
  }

  validation {
    condition     = var.cognito.refresh_token_hours >= 1 && var.cognito.refresh_token_hours <= 12
    error_message = "cognito.refresh_token_hours must be between 1 and 12: a worker signs in at least once a shift."
  }

  validation {
    condition = alltrue([
      for number in [
        var.cognito.password_minimum_length, var.cognito.temporary_password_days, var.cognito.access_token_minutes,
        var.cognito.id_token_minutes, var.cognito.refresh_token_hours,
      ] : floor(number) == number
    ])
    error_message = "The numbers of cognito must be whole numbers."
  }
}

variable "deletion_protection" {
  description = "Whether the user pool is protected against deletion. It must be turned off (and applied) before a destroy."
  type        = bool
  default     = true
  nullable    = false
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

  validation {
    condition     = var.oidc == null || var.existing_workforce == null
    error_message = "Give either oidc or existing_workforce: an adopted workforce keeps the identity provider it has."
  }

  validation {
    condition = var.oidc == null ? true : alltrue([
      for address in [
        var.oidc.issuer, var.oidc.authorization_endpoint, var.oidc.token_endpoint, var.oidc.user_info_endpoint,
        var.oidc.logout_endpoint, var.oidc.jwks_uri,
      ] : can(regex("^https://\\S+$", address)) && length(address) <= 500
    ])
    error_message = "The addresses of oidc must begin with https:// and have at most 500 characters."
  }

  validation {
    condition     = var.oidc == null ? true : can(regex("^[ -~]+$", var.oidc.client_id)) && length(var.oidc.client_id) <= 1024
    error_message = "oidc.client_id must have 1 to 1024 printable ASCII characters."
  }

  validation {
    condition     = try(length(var.oidc.authentication_request_extra_params), 0) <= 10
    error_message = "oidc.authentication_request_extra_params must have at most 10 entries."
  }
}

variable "oidc_client_secret" {
  description = "Secret of the OIDC client. It lands in the Terraform state: keep the state encrypted and closed."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = (var.oidc == null) == (var.oidc_client_secret == null)
    error_message = "oidc and oidc_client_secret belong together: give both (for example TF_VAR_oidc_client_secret) or neither."
  }
}

variable "existing_workforce" {
  description = "The workforce that this account and Region has already, to adopt it: the teams and groups are made in it, the workforce, its pool and its client stay as they are. Leave user_pool_id and client_id out where it uses an OIDC provider."
  type = object({
    name         = string
    user_pool_id = optional(string)
    client_id    = optional(string)
  })
  default = null

  validation {
    condition     = var.existing_workforce == null ? true : can(regex("^[a-zA-Z0-9][a-zA-Z0-9-]{0,62}$", var.existing_workforce.name))
    error_message = "existing_workforce.name must be the name (not the ARN) that `aws sagemaker list-workforces` shows."
  }

  validation {
    condition = var.existing_workforce == null ? true : (
      (var.existing_workforce.user_pool_id == null) == (var.existing_workforce.client_id == null)
    )
    error_message = "existing_workforce needs user_pool_id and client_id (see CognitoConfig of `aws sagemaker describe-workforce`), or neither where it uses an OIDC provider."
  }

  validation {
    condition     = try(var.existing_workforce.user_pool_id, null) == null ? true : can(regex("^[\\w-]+_[0-9a-zA-Z]+$", var.existing_workforce.user_pool_id))
    error_message = "existing_workforce.user_pool_id must be the id of a Cognito user pool, such as us-east-1_AbCdEfGhI."
  }
}

################################################################################
# Notifications
################################################################################

variable "notifications" {
  description = "Key that encrypts the topic through which members hear of new work, or null: no topic. The key's policy must let sagemaker.amazonaws.com generate data keys and decrypt."
  type = object({
    kms_key_arn = string
  })
  default = null

  validation {
    condition     = var.notifications == null ? true : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.notifications.kms_key_arn))
    error_message = "notifications.kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID), not an alias."
  }
}
