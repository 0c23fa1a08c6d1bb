# The least that is needed: an organization's trail records the events already, and nobody gets mail.
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

module "audit_trail" {
  source = "../../"

  name_prefix           = "radiology"
  bucket_arns           = var.bucket_arns
  logs_bucket_name      = var.logs_bucket_name
  kms_key_arn           = var.kms_key_arns.logs
  output_kms_key_arns   = [var.kms_key_arns.labels]
  private_workteam_arns = []
  create_trail          = false
}

output "alerts_topic_arn" {
  description = "Where to subscribe."
  value       = module.audit_trail.alerts_topic_arn
}
