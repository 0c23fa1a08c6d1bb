from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, elsewhere, failed, passed
from gtctl.audit.trails import of_all_regions, records_management

RULE = Rule(
    id="GT405",
    title="A trail records who starts jobs and changes workteams",
    severity=Severity.HIGH,
    resource_types=("aws_cloudtrail",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Jobs, workteams, workforces, keys and policies are made and changed by management events. Event selectors "
        "replace the trail's default: whoever adds data events and does not name management events has switched these "
        "off."
    ),
    remediation="Add a selector for management events: all that write, from all sources.",
    references=(
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/logging-using-cloudtrail.html",
    ),
    hipaa=("164.312(b)", "164.308(a)(1)(ii)(D)"),
    nist=("AU-2b", "AU-3a", "AU-12a", "AU-12c", "AC-6(9)", "CA-7b"),
    cis=("3.1",),
    aws_config=("CLOUD_TRAIL_ENABLED",),
    example_hcl="""\
resource "aws_cloudtrail" "this" {
  name                       = "labeling"
  s3_bucket_name             = aws_s3_bucket.logs.id
  is_multi_region_trail      = true
  enable_log_file_validation = true

  event_selector {
    read_write_type           = "All"
    include_management_events = true

    data_resource {
      type   = "AWS::S3::Object"
      values = ["${aws_s3_bucket.scans.arn}/"]
    }
  }
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    if records_management(resource):
        return passed("management events are recorded", "event_selector")
    # A trail for data events only is fine beside one for the rest.
    others = [trail for trail in graph.of_type("aws_cloudtrail") if trail is not resource]
    if any_of(others, lambda trail: records_management(trail) and _covers(trail, resource)):
        return None
    return failed("advanced_event_selector", "not all management events that write", "all of them")


def _covers(trail: Resource, other: Resource) -> bool:
    return not elsewhere(trail, other) or of_all_regions(trail)
