# Two teams that never see each other's images, work in a VPC, and hear of new work by an encrypted topic.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

variable "vpc" {
  description = "The VPC in which workers sit, with DNS hostnames and DNS resolution on."
  type = object({
    vpc_id             = string
    subnet_ids         = set(string)
    security_group_ids = set(string)
  })
}

variable "logs_kms_key_arn" {
  description = "Key for the topic; its policy lets sagemaker.amazonaws.com use it."
  type        = string
}

variable "deletion_protection" {
  description = "Whether the user pool is protected against deletion."
  type        = bool
  default     = true
}

module "workforce" {
  source = "../../"

  name_prefix = "radiology"

  workteams = {
    chest = { description = "Chest radiologists" }
    neuro = { description = "Neuroradiologists", notify = false }
  }

  # Without source_ip_cidrs the public portal is closed, and the one in the VPC is all there is.
  vpc            = var.vpc
  bind_images_to = "vpc_endpoint"

  cognito = {
    password_minimum_length = 16
    refresh_token_hours     = 10
  }
  deletion_protection = var.deletion_protection

  notifications = { kms_key_arn = var.logs_kms_key_arn }

  tags = { data-classification = "phi" }
}

output "workteam_arns" {
  description = "ARN of each workteam."
  value       = module.workforce.workteam_arns
}
