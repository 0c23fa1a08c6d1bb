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
  description = "Begins every name: 3 to 32 lower-case letters, digits and hyphens."
  type        = string
  default     = "gtctl"
  nullable    = false
}

variable "workteams" {
  description = "The private workteams by name; the first in alphabetical order is the one of the single outputs."
  type = map(object({
    description = string
  }))
  default = {
    readers = { description = "People who may see the images" }
  }
  nullable = false
}

variable "source_ip_cidrs" {
  description = "Network ranges from which the worker portal can be used, at most 10. Empty: the whole internet."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "bind_images_to_worker_ip" {
  description = "Whether the address of an image works only from the network address of the worker who got it."
  type        = bool
  default     = true
  nullable    = false
}

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

variable "noncurrent_version_days" {
  description = "How many days replaced and deleted objects are kept; null keeps them for ever."
  type        = number
  default     = 90
}

variable "force_destroy" {
  description = "Whether destroying the stack deletes buckets that still hold objects. Leave it off for real data."
  type        = bool
  default     = false
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether the user pool is protected against deletion."
  type        = bool
  default     = true
  nullable    = false
}

variable "max_retries" {
  description = "How often the provider repeats a call that failed."
  type        = number
  default     = 25
  nullable    = false
}

variable "s3_use_path_style" {
  description = "Whether buckets are addressed by path; needed where the endpoint is an address instead of a name."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of everything that can be tagged."
  type        = map(string)
  default     = {}
  nullable    = false
}
