from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, Verdict, any_of, failed, passed, worst

RULE = Rule(
    id="GT315",
    title="Public access to buckets is blocked in all four ways",
    severity=Severity.HIGH,
    resource_types=("aws_s3_bucket",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "The block holds whatever a policy or ACL says later. With one of its four settings off, a single mistaken "
        "statement or an ACL of one object is enough to show images to everybody."
    ),
    remediation="Give the bucket an aws_s3_bucket_public_access_block with all four settings true.",
    references=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",),
    hipaa=("164.308(a)(3)(i)", "164.308(a)(4)(ii)(A)", "164.308(a)(4)(ii)(C)", "164.312(a)(1)", "164.312(e)(1)"),
    nist=("AC-2(6)", "AC-3", "AC-3(7)", "AC-4(21)", "AC-6", "MP-2", "SC-7(3)"),
    cis=("2.1.4",),
    aws_config=("S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED", "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC"),
    example_hcl="""\
resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket_public_access_block" "scans" {
  bucket                  = aws_s3_bucket.scans.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
""",
)

_SETTINGS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


def check(resource: Resource, graph: Graph) -> Result | None:
    own = worst(graph.related(resource, "aws_s3_bucket_public_access_block", "bucket"), _judge)
    if own and own.verdict is Verdict.PASS:
        return own
    # The stricter of the two settings holds, so the account's is enough.
    if any_of(graph.of_type("aws_s3_account_public_access_block"), lambda all_: _judge(all_).verdict is Verdict.PASS):
        return passed("blocked for the whole account")
    return own or failed("bucket", "no public access block", "one with all four settings true")


def _judge(block: Resource) -> Result:
    settings = {name: block.peek(name) for name in _SETTINGS}
    if any_of(list(settings.values()), lambda value: value not in (True, "true")):
        off = [name for name, value in settings.items() if value is None or value is False]
        return failed("bucket", f"{block.address}: {', '.join(off)} off", "all four settings true")
    return passed("blocked in all four ways")
