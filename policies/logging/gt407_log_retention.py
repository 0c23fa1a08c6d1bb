from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, may_equal, passed
from gtctl.audit.trails import KEPT_DAYS, takes_trail

RULE = Rule(
    id="GT407",
    title="Logs of jobs, workers and the trail are kept for six years",
    severity=Severity.MEDIUM,
    resource_types=("aws_cloudwatch_log_group",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Who accepted, submitted and declined which task stands in /aws/sagemaker/groundtruth/WorkerActivity and "
        "nowhere else. Records of what was done are to be kept for six years."
    ),
    remediation="Set retention_in_days to at least 2192, or to 0 (never expire).",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/workteam-private-tracking.html",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    ),
    hipaa=("164.316(b)(2)(i)", "164.312(b)"),
    nist=("AU-11", "AU-11(1)", "AU-12", "SI-12"),
    aws_config=("CW_LOGGROUP_RETENTION_PERIOD_CHECK",),
    example_hcl="""\
resource "aws_cloudwatch_log_group" "worker_activity" {
  name              = "/aws/sagemaker/groundtruth/WorkerActivity"
  retention_in_days = 2192
  kms_key_id        = aws_kms_key.logs.arn
}
""",
)

# The names are the service's own.
_GROUND_TRUTH = ("/aws/sagemaker/LabelingJobs", "/aws/sagemaker/groundtruth/WorkerActivity")


def check(resource: Resource, graph: Graph) -> Result | None:
    days = resource.get("retention_in_days")
    # Not set is never expire.
    if not days or int(days) >= KEPT_DAYS:
        return passed(f"{days} days" if days else "never expires", "retention_in_days")
    if any_of(_GROUND_TRUTH, lambda name: _is_named(resource, name)) or takes_trail(resource, graph):
        return failed("retention_in_days", f"{days} days", f"at least {KEPT_DAYS}, or never expire")
    return None  # the log of something else


def _is_named(group: Resource, name: str) -> bool:
    equal = may_equal(group.peek("name"), name)
    return group.get("name") == name if equal is None else equal
