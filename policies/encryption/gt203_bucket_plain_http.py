from gtctl.audit.buckets import refuses
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT203",
    title="Buckets refuse plain HTTP",
    severity=Severity.HIGH,
    resource_types=("aws_s3_bucket",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "S3 answers over plain HTTP too. An image that travels so, or the signed address of one, can be read by "
        "whoever carries the traffic."
    ),
    remediation=(
        "Deny s3:* on the bucket and its objects to everybody where aws:SecureTransport is false, in an "
        "aws_s3_bucket_policy."
    ),
    references=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",),
    hipaa=(
        "164.312(a)(2)(iv)",
        "164.312(c)(2)",
        "164.312(e)(1)",
        "164.312(e)(2)(i)",
        "164.312(e)(2)(ii)",
    ),
    nist=("AC-4", "AC-17(2)", "AU-9(3)", "IA-5(1)(c)", "SC-8", "SC-8(1)", "SC-13a", "SC-23"),
    cis=("2.1.1",),
    aws_config=("S3_BUCKET_SSL_REQUESTS_ONLY",),
    example_hcl="""\
resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

data "aws_iam_policy_document" "scans" {
  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.scans.arn, "${aws_s3_bucket.scans.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "scans" {
  bucket = aws_s3_bucket.scans.id
  policy = data.aws_iam_policy_document.scans.json
}
""",
)


_EXPECTED = "a Deny where aws:SecureTransport is false"


def check(resource: Resource, graph: Graph) -> Result | None:
    for action, what in (("s3:GetObject", "reads"), ("s3:PutObject", "writes")):
        if not refuses(resource, graph, action, {"aws:securetransport": "false"}):
            return failed("policy", f"{what} over plain HTTP are not denied", _EXPECTED)
    return passed("plain HTTP is denied", "policy")
