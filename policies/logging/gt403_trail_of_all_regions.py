from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed
from gtctl.audit.trails import of_all_regions

RULE = Rule(
    id="GT403",
    title="A trail records all Regions and the global services",
    severity=Severity.MEDIUM,
    resource_types=("aws_cloudtrail",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Whoever wants to go unseen makes a workforce or starts a job in a Region that nobody looks at, and changes of "
        "roles and policies are recorded as global events only."
    ),
    remediation="Set is_multi_region_trail to true, and leave include_global_service_events on.",
    references=(
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/receive-cloudtrail-log-files-from-multiple-regions.html",
    ),
    hipaa=("164.312(b)", "164.308(a)(1)(ii)(D)"),
    nist=("AU-2b", "AU-3a", "AU-12a", "AU-12c", "AC-6(9)", "CA-7b"),
    cis=("3.1",),
    aws_config=("MULTI_REGION_CLOUD_TRAIL_ENABLED",),
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
    for path, wrong in (
        ("is_multi_region_trail", (None, False, "false")),
        ("include_global_service_events", (False, "false")),
    ):
        value = resource.get(path)
        if value in wrong:
            # One trail of all Regions is enough, beside others for a purpose.
            others = [trail for trail in graph.of_type("aws_cloudtrail") if trail is not resource]
            return None if any_of(others, of_all_regions) else failed(path, value, "true")
    return passed("all Regions and global services", "is_multi_region_trail")
