# Workers sign in with the hospital's own identity provider; its groups decide who sees which images.

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

variable "oidc_client_secret" {
  description = "Secret of the client; pass it as TF_VAR_oidc_client_secret, never in a file."
  type        = string
  sensitive   = true
}

module "workforce" {
  source = "../../"

  name_prefix     = "radiology"
  workteams       = { readers = { description = "Radiologists", groups = ["labeling-readers"] } }
  source_ip_cidrs = ["203.0.113.0/24"]

  oidc = {
    client_id              = "ground-truth"
    issuer                 = "https://login.example.org/"
    authorization_endpoint = "https://login.example.org/authorize"
    token_endpoint         = "https://login.example.org/token"
    user_info_endpoint     = "https://login.example.org/userinfo"
    logout_endpoint        = "https://login.example.org/logout"
    jwks_uri               = "https://login.example.org/jwks.json"
    scope                  = "openid profile"
  }
  oidc_client_secret = var.oidc_client_secret
}

output "callback_url" {
  description = "To enter in the identity provider's allow-list."
  value       = module.workforce.callback_url
}
