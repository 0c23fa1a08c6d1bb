output "permissions_boundary_json" {
  description = "The permissions boundary as a document."
  value       = local.permissions_boundary_json

  precondition {
    condition     = length(local.permissions_boundary_json) <= 6144
    error_message = "The permissions boundary has ${length(local.permissions_boundary_json)} characters, and AWS takes 6144: name fewer keys or boundary_allowed_actions, or leave workteam_arns empty, which allows every private workteam of the account."
  }

  precondition {
    condition = alltrue([
      for arn in var.workteam_arns : split(":", arn)[4] == local.account_id && split(":", arn)[1] == local.partition
    ])
    error_message = "workteam_arns must be of the labeling account, ${local.account_id} in partition ${local.partition}: another account's private workteam is not yours."
  }

  precondition {
    condition = length(var.regions) == 0 || alltrue([
      for arn in var.workteam_arns : contains(var.regions, split(":", arn)[3])
    ])
    error_message = "workteam_arns names a workteam outside regions (${join(", ", var.regions)}), which nobody could give work: add its Region or remove it."
  }
}

output "policy_json" {
  description = "The IAM policy as a document: the same denials, without an Allow."
  value       = local.policy_json

  precondition {
    condition     = length(local.policy_json) <= 6144
    error_message = "The policy has ${length(local.policy_json)} characters, and AWS takes 6144: name fewer keys, or leave workteam_arns empty, which allows every private workteam of the account."
  }
}

output "scp_json" {
  description = "The service control policy as a document. AWS takes 5120 characters; it is longer only with many keys or workteams."
  value       = local.scp_json
}

output "permissions_boundary_arn" {
  description = "ARN of the permissions boundary; null where it is not made."
  value       = one(aws_iam_policy.boundary[*].arn)
}

output "policy_arn" {
  description = "ARN of the policy; null where it is not made."
  value       = one(aws_iam_policy.guardrail[*].arn)
}

output "scp_arn" {
  description = "ARN of the service control policy; null where it is not made."
  value       = one(aws_organizations_policy.this[*].arn)
}
