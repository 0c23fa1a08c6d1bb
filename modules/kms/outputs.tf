output "key_arns" {
  description = "ARN of the key for each purpose: scans, labels, logs. The same ARN three times where one key serves all."
  value       = { for purpose in ["scans", "labels", "logs"] : purpose => aws_kms_key.this[var.separate_keys ? purpose : "all"].arn }
}

output "alias_names" {
  description = "Name of the alias for each purpose: scans, labels, logs. For people; jobs name keys by their ARN."
  value       = { for purpose in ["scans", "labels", "logs"] : purpose => aws_kms_alias.this[var.separate_keys ? purpose : "all"].name }
}
