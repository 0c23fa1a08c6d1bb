output "key_arns" {
  description = "ARN of the key for each purpose: scans, labels, logs. The same ARN three times where one key serves all."
  value       = { for purpose in ["scans", "labels", "logs"] : purpose => aws_kms_key.this[var.separate_keys ? purpose : "all"].arn }
}
