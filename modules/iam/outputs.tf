output "execution_role_arn" {
  description = "ARN of the role to name in labeling jobs."
  value       = aws_iam_role.execution.arn

  # A job that starts with the role finds its rights in place.
  depends_on = [aws_iam_role_policy_attachment.execution]
}
