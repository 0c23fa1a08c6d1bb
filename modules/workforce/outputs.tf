output "workforce_name" {
  description = "Name of the workforce."
  value       = aws_sagemaker_workforce.this.id
}

output "workforce_arn" {
  description = "ARN of the workforce."
  value       = aws_sagemaker_workforce.this.arn
}

output "portal_url" {
  description = "Where workers sign in."
  value       = "https://${local.portal}/"
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
  description = "Cognito group of each workteam: who is in it sees the images."
  value       = { for name, group in aws_cognito_user_group.this : name => group.name }
}

output "user_pool_id" {
  description = "Id of the Cognito user pool in which workers are made."
  value       = aws_cognito_user_pool.this.id
}

output "user_pool_client_id" {
  description = "Id of the Cognito client of the portal."
  value       = aws_cognito_user_pool_client.this.id

  # Whoever signs in with it finds the portal's addresses in place.
  depends_on = [aws_cognito_managed_user_pool_client.this]
}
