output "trail_arn" {
  description = "ARN of the trail; null where none is made."
  value       = one(aws_cloudtrail.this[*].arn)
}

output "alerts_topic_arn" {
  description = "ARN of the topic that gets the alerts; subscribe a pager or a ticket system here."
  value       = aws_sns_topic.alerts.arn
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue with the alerts that could not be delivered; null where none is made."
  value       = one(aws_sqs_queue.undelivered[*].arn)
}

output "log_group_names" {
  description = "Names of the log groups: labeling_jobs, worker_activity and, where a trail is made, trail."
  value       = local.log_group_names
}

output "log_group_arns" {
  description = "ARNs of the log groups by the same keys, without the :* at the end."
  value       = local.log_group_arns
}

output "event_rule_arns" {
  description = "ARNs of the rules that raise alerts, by what they look for."
  value       = { for key, rule in aws_cloudwatch_event_rule.this : key => rule.arn }
}

output "event_patterns" {
  description = "The event patterns of the rules (JSON), by what they look for: what an auditor reads or tests."
  value       = { for key, rule in local.rules : key => rule.pattern }
}
