from collections.abc import Sequence

from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, is_set, passed, shown, worst
from gtctl.audit.trails import KEPT_DAYS, parts, receives_access_logs, receives_trail

RULE = Rule(
    id="GT414",
    title="Trails and access logs stay in their bucket for six years",
    severity=Severity.MEDIUM,
    resource_types=("aws_s3_bucket",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "A lifecycle rule that tidies the bucket of logs deletes evidence: who looked at which image is to be shown "
        "for six years."
    ),
    remediation=(
        "Let what a trail or access logging delivers expire after 2192 days at the earliest, or not at all; a cheaper "
        "storage class costs less."
    ),
    references=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",),
    hipaa=("164.316(b)(2)(i)", "164.312(b)"),
    nist=("AU-11", "AU-11(1)", "SI-12"),
    aws_config=("S3_VERSION_LIFECYCLE_POLICY_CHECK",),
    example_hcl="""\
resource "aws_s3_bucket" "logs" {
  bucket = "hospital-logs"
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = 2192
    }
  }
}

resource "aws_cloudtrail" "this" {
  name                       = "labeling"
  s3_bucket_name             = aws_s3_bucket.logs.id
  is_multi_region_trail      = true
  enable_log_file_validation = true
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    trails, logs = receives_trail(resource, graph), receives_access_logs(resource, graph)
    if not trails and not logs:
        return None
    lifecycles = graph.related(resource, "aws_s3_bucket_lifecycle_configuration", "bucket")
    rules = [rule for lifecycle in lifecycles for rule in parts(lifecycle, "rule")]
    rules += parts(resource, "lifecycle_rule")
    return worst(rules, lambda rule: _judge(rule, trails, logs)) or passed("nothing expires", "rule")


def _judge(rule: Resource, trails: Sequence[Resource], logs: Sequence[Resource]) -> Result:
    days = rule.get("expiration.days")
    if (
        not days
        or int(days) >= KEPT_DAYS
        or rule.get("status") == "Disabled"
        or rule.get("enabled") in (False, "false")
    ):
        return passed("expires late, or not", "rule")
    if is_set(rule.peek("filter.tag")) or is_set(rule.peek("filter.and.tags")):
        return passed("only what has a tag expires: what is delivered has none", "rule")
    # Where the evidence lies: below these beginnings of object names.
    places = [f"{trail.get('s3_key_prefix')}/" if trail.get("s3_key_prefix") else "AWSLogs/" for trail in trails]
    places += [str(each.get("target_prefix") or "") for each in logs]
    prefix = str(rule.get("filter.prefix") or rule.get("filter.and.prefix") or rule.get("prefix") or "")
    if not any(place.startswith(prefix) or prefix.startswith(place) for place in places):
        return passed(f"only {prefix} expires", "rule")
    return failed("rule", f"rule {shown(rule.peek('id'))} deletes after {days} days", f"at least {KEPT_DAYS}")
