from gtctl.audit.buckets import where_images_lie
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, is_set, passed

RULE = Rule(
    id="GT410",
    title="Buckets of images and labels log who uses them",
    severity=Severity.MEDIUM,
    resource_types=("aws_s3_bucket",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Server access logs hold requests that no trail has: those that were refused for want of a valid signature, "
        "and the address and browser behind each. They tell who tried."
    ),
    remediation="Add aws_s3_bucket_logging with a bucket for logs as its target.",
    references=(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/logging-with-S3.html",
    ),
    hipaa=("164.312(b)", "164.308(a)(3)(ii)(A)"),
    nist=("AU-2b", "AU-3a", "AU-12a", "AU-12c", "AC-6(9)", "CA-7b"),
    aws_config=("S3_BUCKET_LOGGING_ENABLED",),
    example_hcl="""\
resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket_logging" "scans" {
  bucket        = aws_s3_bucket.scans.id
  target_bucket = "hospital-logs"
  target_prefix = "s3/scans/"
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    # A block in the bucket is how the provider wrote it before version 4.
    if graph.related(resource, "aws_s3_bucket_logging", "bucket") or is_set(resource.peek("logging")):
        return passed("access logs are written", "logging")
    return where_images_lie(failed("logging", None, "aws_s3_bucket_logging for this bucket"), resource, graph)
