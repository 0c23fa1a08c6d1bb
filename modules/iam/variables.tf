variable "execution_role_name" {
  description = "Name of the execution role and its policy. The key policies name the role before it exists."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9+=,.@_-]{1,64}$", var.execution_role_name))
    error_message = "execution_role_name must have 1 to 64 characters: letters, digits and +=,.@_-"
  }
}

variable "bucket_arns" {
  description = "ARNs of the buckets with images and for labels."
  type = object({
    scans  = string
    labels = string
  })
  nullable = false
}
