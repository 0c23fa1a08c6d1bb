from typing import Any

from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed, worst

RULE = Rule(
    id="GT409",
    title="Buckets keep what is overwritten or deleted",
    severity=Severity.MEDIUM,
    resource_types=("aws_s3_bucket",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Labels are the work of people, and evidence is what an auditor is shown. Without versions one wrong call, or "
        "one angry one, replaces them for good."
    ),
    remediation="Set aws_s3_bucket_versioning to Enabled for the bucket.",
    references=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",),
    hipaa=("164.312(c)(1)", "164.312(c)(2)", "164.308(a)(7)(ii)(A)"),
    nist=("AU-9(2)", "CP-6", "CP-9a", "CP-10", "SI-13(5)"),
    aws_config=("S3_BUCKET_VERSIONING_ENABLED",),
    example_hcl="""\
resource "aws_s3_bucket" "labels" {
  bucket = "hospital-labels"
}

resource "aws_s3_bucket_versioning" "labels" {
  bucket = aws_s3_bucket.labels.id

  versioning_configuration {
    status = "Enabled"
  }
}
""",
)

_STATUS = "versioning_configuration.status"


def check(resource: Resource, graph: Graph) -> Result | None:
    settings = graph.related(resource, "aws_s3_bucket_versioning", "bucket")
    if settings:
        return worst(settings, lambda setting: _judge(setting.get(_STATUS), setting.get(_STATUS) == "Enabled"))
    # As the provider wrote it before version 4.
    enabled = resource.get("versioning.enabled")
    return _judge(enabled, enabled in (True, "true"))


def _judge(observed: Any, enabled: bool) -> Result:
    return passed("versions are kept", "versioning") if enabled else failed("versioning", observed, "Enabled")
