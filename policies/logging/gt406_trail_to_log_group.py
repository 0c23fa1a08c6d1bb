from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, is_set, passed

RULE = Rule(
    id="GT406",
    title="Trails write to CloudWatch Logs, too",
    severity=Severity.LOW,
    resource_types=("aws_cloudtrail",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Files in a bucket are read when something has happened. In a log group events can be searched and raise "
        "alarms within minutes."
    ),
    remediation="Set cloud_watch_logs_group_arn and cloud_watch_logs_role_arn.",
    references=(
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html",
    ),
    hipaa=("164.312(b)", "164.308(a)(3)(ii)(A)"),
    nist=("AU-6(3)", "AU-6(4)", "CA-7b", "SI-4(2)"),
    aws_config=("CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED",),
    example_hcl="""\
resource "aws_cloudtrail" "this" {
  name                       = "labeling"
  s3_bucket_name             = aws_s3_bucket.logs.id
  is_multi_region_trail      = true
  enable_log_file_validation = true
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn  = aws_iam_role.trail.arn
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    if is_set(resource.peek("cloud_watch_logs_group_arn")):
        return passed("events go to a log group", "cloud_watch_logs_group_arn")
    return failed("cloud_watch_logs_group_arn", None, "the ARN of a log group")
