variable "name_prefix" {
  description = "Name of the workforce; begins the names of pool, client, domain and workteams."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must have 3 to 32 characters: lower-case letters, digits and hyphens."
  }

  validation {
    condition     = length(regexall("aws|amazon|cognito", var.name_prefix)) == 0
    error_message = "name_prefix must not contain aws, amazon or cognito: Cognito refuses such domains."
  }
}

variable "workteams" {
  description = "The workteams by name: each has a Cognito group of that name, whose members see the images."
  type = map(object({
    description = string
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
    condition     = alltrue([for team in values(var.workteams) : can(regex("^.{1,200}$", team.description))])
    error_message = "A workteam's description must have 1 to 200 characters."
  }
}

variable "source_ip_cidrs" {
  description = "Network ranges from which the worker portal can be used, at most 10. Elsewhere workers see a blank page. Empty: the whole internet."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.source_ip_cidrs) <= 10 && alltrue([for cidr in var.source_ip_cidrs : can(cidrhost(cidr, 0))])
    error_message = "source_ip_cidrs must be at most 10 CIDR ranges such as 203.0.113.0/24."
  }

  validation {
    condition     = length(setintersection(var.source_ip_cidrs, ["0.0.0.0/0", "::/0"])) == 0
    error_message = "source_ip_cidrs must not hold the whole internet (0.0.0.0/0, ::/0)."
  }
}

variable "bind_images_to_worker_ip" {
  description = "Whether the address of an image works only from the network address of the worker who got it. Turn it off only where portal and image traffic leave your network by different addresses."
  type        = bool
  default     = true
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether the user pool is protected against deletion. It must be turned off (and applied) before a destroy."
  type        = bool
  default     = true
  nullable    = false
}
