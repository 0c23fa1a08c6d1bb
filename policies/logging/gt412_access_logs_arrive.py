from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, is_set, passed
from gtctl.audit.trails import receives_access_logs

RULE = Rule(
    id="GT412",
    title="Access logs can be delivered to the bucket that they are for",
    severity=Severity.MEDIUM,
    resource_types=("aws_s3_bucket",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "S3 delivers access logs to no bucket with a default retention (Object Lock), and says so to nobody: the logs "
        "are just not there when they are needed."
    ),
    remediation=(
        "Send access logs to a bucket without a default retention; keep them from deletion by versions and the "
        "bucket's policy."
    ),
    references=(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html",
    ),
    hipaa=("164.312(b)",),
    nist=("AU-12a", "AU-12c"),
    example_hcl="""\
resource "aws_s3_bucket" "logs" {
  bucket = "hospital-logs"
}

resource "aws_s3_bucket_logging" "scans" {
  bucket        = "hospital-scans"
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/scans/"
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    if not receives_access_logs(resource, graph):
        return None
    for lock in graph.related(resource, "aws_s3_bucket_object_lock_configuration", "bucket"):
        if is_set(lock.peek("rule.default_retention")):
            return failed("object_lock", f"{lock.address} has a default retention", "none where access logs go")
    if is_set(resource.peek("object_lock_configuration.rule.default_retention")):
        return failed("object_lock_configuration", "a default retention", "none where access logs go")
    return passed("no default retention", "object_lock")
