from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT404",
    title="Trails are switched on",
    severity=Severity.HIGH,
    resource_types=("aws_cloudtrail",),
    sources=("hcl", "plan", "live"),
    rationale="A trail that is set up but stopped looks like one in every list, and records nothing.",
    remediation="Leave enable_logging on (true).",
    references=("https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-turning-off-logging.html",),
    hipaa=("164.312(b)",),
    nist=("AU-2b", "AU-3a", "AU-12a", "AU-12c", "AC-6(9)", "CA-7b"),
    cis=("3.1",),
    aws_config=("CLOUD_TRAIL_ENABLED",),
    example_hcl="""\
resource "aws_cloudtrail" "this" {
  name                       = "labeling"
  s3_bucket_name             = aws_s3_bucket.logs.id
  is_multi_region_trail      = true
  enable_log_file_validation = true
  enable_logging             = true
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.get("enable_logging")
    if value in (False, "false"):
        return failed("enable_logging", value, "true")
    return passed("the trail is on", "enable_logging")
