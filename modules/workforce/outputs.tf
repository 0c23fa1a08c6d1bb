output "workforce_name" {
  description = "Name of the workforce."
  value       = local.workforce_name
}

output "workforce_arn" {
  description = "ARN of the workforce."
  value       = local.workforce_arn
}

output "identity_provider" {
  description = "Who tells who the workers are: Cognito or OIDC."
  value       = local.uses_cognito ? "Cognito" : "OIDC"
}

output "portal_url" {
  description = "Where workers sign in."
  value       = "https://${local.portal}/"
}

output "callback_url" {
  description = "Address to which the identity provider sends workers back. Enter it in the allow-list of your own OIDC provider; the Cognito client has it already."
  value       = "https://${local.portal}/oauth2/idpresponse"
}

output "workteam_arns" {
  description = "ARN of each workteam."
  value       = { for name, team in aws_sagemaker_workteam.this : name => team.arn }
}

output "workteam_names" {
  description = "Full name of each workteam."
  value       = { for name, team in aws_sagemaker_workteam.this : name => team.workteam_name }
}

output "worker_group_names" {
  description = "First group of each workteam: who is in it sees the images."
  value = {
    for name, team in var.workteams :
    name => team.groups == null ? aws_cognito_user_group.this[name].name : team.groups[0]
  }
}

output "user_pool_id" {
  description = "Id of the Cognito user pool in which workers are made; null with an OIDC provider."
  value       = local.user_pool_id
}

output "user_pool_client_id" {
  description = "Id of the Cognito client of the portal; null with an OIDC provider."
  value       = local.client_id

  # Whoever signs in with it finds the portal's addresses in place.
  depends_on = [aws_cognito_managed_user_pool_client.this]
}

output "notification_topic_arn" {
  description = "ARN of the topic on which workers hear of new work; null without notifications."
  value       = one(aws_sns_topic.work[*].arn)
}
