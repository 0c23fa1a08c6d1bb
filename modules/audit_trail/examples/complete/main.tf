# Everything: a trail of its own, named workteams, mail, and a queue for what could not be delivered.
provider "aws" {
  region = "us-east-1"
}

variable "bucket_arns" {
  description = "ARNs of the buckets with images and for labels (output bucket_arns of the storage module)."
  type = object({
    scans  = string
    labels = string
  })
}

variable "logs_bucket_name" {
  description = "Name of the bucket for logs (output bucket_names of the storage module)."
  type        = string
}

variable "kms_key_arns" {
  description = "ARNs of the keys (output key_arns of the kms module)."
  type = object({
    scans  = string
    labels = string
    logs   = string
  })
}

variable "workteam_arns" {
  description = "ARNs of the private workteams (output workteam_arns of the workforce module)."
  type        = map(string)
}

variable "keep_log_groups" {
  description = "Whether destroying leaves the log groups."
  type        = bool
  default     = true
}

module "audit_trail" {
  source = "../../"

  name_prefix              = "radiology"
  bucket_arns              = var.bucket_arns
  logs_bucket_name         = var.logs_bucket_name
  kms_key_arn              = var.kms_key_arns.logs
  output_kms_key_arns      = [var.kms_key_arns.labels]
  watched_kms_key_arns     = [var.kms_key_arns.scans]
  private_workteam_arns    = values(var.workteam_arns)
  retention_in_days        = 3653
  keep_log_groups          = var.keep_log_groups
  alert_emails             = ["security@hospital.example"]
  create_dead_letter_queue = true

  tags = {
    data-classification = "phi"
  }
}

output "trail_arn" {
  description = "For the policies of the logs bucket and its key."
  value       = module.audit_trail.trail_arn
}

output "event_patterns" {
  description = "What raises an alert."
  value       = module.audit_trail.event_patterns
}
