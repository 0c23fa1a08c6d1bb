from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, may_equal, passed, shown, unknown

RULE = Rule(
    id="GT411",
    title="A bucket's access logs go to another bucket",
    severity=Severity.MEDIUM,
    resource_types=("aws_s3_bucket_logging",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "A bucket that logs to itself logs the delivery of its logs, without end and at a price; and whoever may "
        "delete images there may delete what they did."
    ),
    remediation="Name a bucket for logs as target_bucket.",
    references=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",),
    hipaa=("164.312(b)", "164.312(c)(1)"),
    nist=("AU-9(2)", "AU-9a"),
    example_hcl="""\
resource "aws_s3_bucket_logging" "scans" {
  bucket        = aws_s3_bucket.scans.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/scans/"
}

resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket" "logs" {
  bucket = "hospital-logs"
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    source, target = resource.peek("bucket"), resource.peek("target_bucket")
    same = may_equal(source, target)
    if same is None:
        buckets = [graph.target(value, "aws_s3_bucket") for value in (source, target)]
        if not buckets[0] or not buckets[1]:
            return unknown(f"whether {shown(source)} and {shown(target)} are one bucket is not known", "target_bucket")
        same = buckets[0] is buckets[1]
    if same:
        return failed("target_bucket", f"{shown(target)}, the bucket itself", "another bucket")
    return passed(shown(target), "target_bucket")
