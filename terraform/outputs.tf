locals {
  first_team = sort(keys(var.workteams))[0]
}

output "region" {
  description = "AWS Region of the stack."
  value       = var.region
}

output "account_id" {
  description = "AWS account of the stack."
  value       = local.account_id
}

output "scans_bucket" {
  description = "Bucket for images and manifests."
  value       = module.storage.bucket_names["scans"]
}

output "labels_bucket" {
  description = "Bucket for job configuration and labels."
  value       = module.storage.bucket_names["labels"]
}

output "logs_bucket" {
  description = "Bucket for access logs."
  value       = module.storage.bucket_names["logs"]
}

output "scans_kms_key_arn" {
  description = "Key of the scans bucket."
  value       = module.kms.key_arns["scans"]
}

output "labels_kms_key_arn" {
  description = "Key of the labels bucket, to name as the output key of jobs."
  value       = module.kms.key_arns["labels"]
}

output "logs_kms_key_arn" {
  description = "Key of the logs bucket."
  value       = module.kms.key_arns["logs"]
}

output "user_pool_id" {
  description = "Cognito user pool in which workers are made."
  value       = module.workforce.user_pool_id
}

output "user_pool_client_id" {
  description = "Cognito client of the worker portal."
  value       = module.workforce.user_pool_client_id
}

output "worker_group_name" {
  description = "Cognito group of the (first) workteam: who is in it sees the images."
  value       = module.workforce.worker_group_names[local.first_team]
}

output "workforce_name" {
  description = "Name of the private workforce."
  value       = module.workforce.workforce_name
}

output "workforce_arn" {
  description = "ARN of the private workforce."
  value       = module.workforce.workforce_arn
}

output "portal_url" {
  description = "Where workers sign in."
  value       = module.workforce.portal_url
}

output "workteam_arn" {
  description = "ARN of the (first) private workteam."
  value       = module.workforce.workteam_arns[local.first_team]
}

output "workteam_name" {
  description = "Name of the (first) private workteam."
  value       = module.workforce.workteam_names[local.first_team]
}

output "workteam_arns" {
  description = "ARN of every private workteam."
  value       = module.workforce.workteam_arns
}

output "execution_role_arn" {
  description = "Role to name in labeling jobs."
  value       = module.iam.execution_role_arn
}
