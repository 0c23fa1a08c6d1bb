output "execution_role_arn" {
  description = "ARN of the role to name in labeling jobs."
  value       = aws_iam_role.execution.arn

  # A job that starts with the role finds its rights in place.
  depends_on = [aws_iam_role_policy_attachment.execution]
}

output "execution_policy_arn" {
  description = "ARN of the execution role's policy."
  value       = aws_iam_policy.execution.arn
}

output "launcher_role_arn" {
  description = "ARN of the role that launches labeling jobs; null where nobody is trusted with it."
  value       = one(aws_iam_role.launcher[*].arn)

  depends_on = [aws_iam_role_policy_attachment.launcher]
}

output "launcher_policy_arn" {
  description = "ARN of the launcher role's policy; null where there is no such role."
  value       = one(aws_iam_policy.launcher[*].arn)
}

output "auditor_role_arn" {
  description = "ARN of the read-only role for audits; null where nobody is trusted with it."
  value       = one(aws_iam_role.auditor[*].arn)

  depends_on = [aws_iam_role_policy_attachment.auditor]
}

output "auditor_policy_arn" {
  description = "ARN of the auditor role's policy; null where there is no such role."
  value       = one(aws_iam_policy.auditor[*].arn)
}
