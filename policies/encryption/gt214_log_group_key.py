from gtctl.audit.keys import customer_key
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity

RULE = Rule(
    id="GT214",
    title="Log groups are encrypted with a customer managed key",
    severity=Severity.MEDIUM,
    resource_types=("aws_cloudwatch_log_group",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "The logs of labeling jobs and workers hold the names of files and people. Under a key of your own, reading "
        "them takes a right on that key and leaves a record."
    ),
    remediation="Set kms_key_id to the ARN of your own key; its policy must let CloudWatch Logs use it.",
    references=("https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",),
    hipaa=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("AU-9(3)", "CP-9d", "SC-8(3)", "SC-8(4)", "SC-13a", "SC-28(1)", "SI-19(4)"),
    aws_config=("CLOUDWATCH_LOG_GROUP_ENCRYPTED",),
    example_hcl="""\
resource "aws_kms_key" "logs" {
  description         = "Logs"
  enable_key_rotation = true
}

resource "aws_cloudwatch_log_group" "labeling_jobs" {
  name              = "/aws/sagemaker/LabelingJobs"
  kms_key_id        = aws_kms_key.logs.arn
  retention_in_days = 2192
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    return customer_key(resource, "kms_key_id", graph)
