from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT402",
    title="Trails sign their files",
    severity=Severity.MEDIUM,
    resource_types=("aws_cloudtrail",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Without digest files nobody can prove that the trail's files are whole and unchanged, which is the first "
        "thing that an investigator asks."
    ),
    remediation="Set enable_log_file_validation to true.",
    references=(
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html",
    ),
    hipaa=("164.312(c)(1)", "164.312(c)(2)"),
    nist=("AU-9a", "SI-7(1)", "SI-7(3)", "SI-7(7)"),
    cis=("3.2",),
    aws_config=("CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",),
    example_hcl="""\
resource "aws_cloudtrail" "this" {
  name                       = "labeling"
  s3_bucket_name             = aws_s3_bucket.logs.id
  is_multi_region_trail      = true
  enable_log_file_validation = true
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.get("enable_log_file_validation")
    if value in (True, "true"):
        return passed("enable_log_file_validation is true", "enable_log_file_validation")
    return failed("enable_log_file_validation", value, "true")
