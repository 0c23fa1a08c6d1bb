# A workforce of its own in Cognito, reachable from one network.

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

module "workforce" {
  source = "../../"

  name_prefix     = "radiology"
  workteams       = { readers = { description = "Radiologists" } }
  source_ip_cidrs = ["203.0.113.0/24"]
}

output "portal_url" {
  description = "Where workers sign in."
  value       = module.workforce.portal_url
}
