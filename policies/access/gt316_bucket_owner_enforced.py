from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed, unknown, worst

RULE = Rule(
    id="GT316",
    title="Access control lists are disabled on buckets",
    severity=Severity.LOW,
    resource_types=("aws_s3_bucket",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "While ACLs are enabled, whoever writes an object can own it and open it to others past the bucket's policy. "
        "New buckets have them disabled; one made before April 2023 need not."
    ),
    remediation="Give the bucket an aws_s3_bucket_ownership_controls with object_ownership BucketOwnerEnforced.",
    references=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",),
    hipaa=("164.308(a)(4)(ii)(C)", "164.312(a)(1)"),
    nist=("AC-3", "AC-6"),
    aws_config=("S3_BUCKET_ACL_PROHIBITED",),
    example_hcl="""\
resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket_ownership_controls" "scans" {
  bucket = aws_s3_bucket.scans.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
""",
)

_EXPECTED = "BucketOwnerEnforced"


def check(resource: Resource, graph: Graph) -> Result | None:
    controls = graph.related(resource, "aws_s3_bucket_ownership_controls", "bucket")
    return worst(controls, _judge) or unknown(
        "ownership is not declared; a bucket made before April 2023 may have ACLs", "bucket", _EXPECTED
    )


def _judge(controls: Resource) -> Result:
    ownership = controls.get("rule.object_ownership")
    if ownership != _EXPECTED:
        return failed("bucket", f"{controls.address}: {ownership or 'not set'}", _EXPECTED)
    return passed(_EXPECTED)
