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
  description = "Bucket for access logs and the trail's files."
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
  description = "Key of the trail, the log groups and the topics."
  value       = module.kms.key_arns["logs"]
}

output "user_pool_id" {
  description = "Cognito user pool in which workers are made; null with an OIDC provider."
  value       = module.workforce.user_pool_id
}

output "user_pool_client_id" {
  description = "Cognito client of the worker portal; null with an OIDC provider."
  value       = module.workforce.user_pool_client_id
}

output "worker_group_name" {
  description = "First group of the (first) workteam: who is in it sees the images."
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

output "identity_provider" {
  description = "Who tells who the workers are: Cognito or OIDC."
  value       = module.workforce.identity_provider
}

output "callback_url" {
  description = "Address to allow in your own OIDC provider; the Cognito client has it already."
  value       = module.workforce.callback_url
}

output "work_topic_arn" {
  description = "Topic on which workers hear of new work; null without one."
  value       = module.workforce.notification_topic_arn
}

output "launcher_role_arn" {
  description = "Role to assume to upload scans and launch jobs; null where nobody may."
  value       = module.iam.launcher_role_arn
}

output "auditor_role_arn" {
  description = "Role to assume to audit the account; null where nobody may."
  value       = module.iam.auditor_role_arn
}

output "permissions_boundary_arn" {
  description = "Permissions boundary to set on every role of the account that may use SageMaker."
  value       = module.guardrails.permissions_boundary_arn
}

output "guardrail_policy_arn" {
  description = "The same denials as a policy, to attach where a boundary cannot be set."
  value       = module.guardrails.policy_arn
}

output "scp_json" {
  description = "The same denials as a service control policy, to be handed to who administers the organization."
  value       = module.guardrails.scp_json
}

output "trail_arn" {
  description = "The trail; null where none is made."
  value       = module.audit_trail.trail_arn
}

output "alerts_topic_arn" {
  description = "Topic that gets the alerts; subscribe a pager or a ticket system here."
  value       = module.audit_trail.alerts_topic_arn
}
