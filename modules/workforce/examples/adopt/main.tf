# Teams in the workforce that the account has already: there can be only one for each account and Region.

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

variable "existing_workforce" {
  description = "What `aws sagemaker describe-workforce` tells: name, and user pool and client of its CognitoConfig."
  type = object({
    name         = string
    user_pool_id = string
    client_id    = string
  })
}

module "workforce" {
  source = "../../"

  name_prefix = "radiology"
  workteams   = { readers = { description = "Radiologists" } }

  existing_workforce = {
    name         = var.existing_workforce.name
    user_pool_id = var.existing_workforce.user_pool_id
    client_id    = var.existing_workforce.client_id
  }
}

output "workteam_arns" {
  description = "ARN of each workteam."
  value       = module.workforce.workteam_arns
}
