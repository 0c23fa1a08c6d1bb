from gtctl.audit.buckets import refuses, where_images_lie
from gtctl.audit.conditions import Probe
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT205",
    title="Buckets refuse objects under another KMS key",
    severity=Severity.MEDIUM,
    resource_types=("aws_s3_bucket",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Whoever puts an object may name any KMS key, one of another account included; and where the put asks for "
        "aws:kms and names none, S3 takes its AWS managed key, not the bucket's. Either way the image lies outside "
        "your own key's policy."
    ),
    remediation=(
        "Deny s3:PutObject to everybody where s3:x-amz-server-side-encryption-aws-kms-key-id is another key than the "
        "bucket's, and where s3:x-amz-server-side-encryption is given without it."
    ),
    references=(
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    ),
    hipaa=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("SC-12", "SC-28(1)"),
    example_hcl="""\
resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

data "aws_iam_policy_document" "scans" {
  # A put that says nothing is encrypted by the bucket's default.
  statement {
    sid       = "DenyOtherKey"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.scans.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption"
      values   = ["false"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = [aws_kms_key.scans.arn]
    }
  }
}

resource "aws_s3_bucket_policy" "scans" {
  bucket = aws_s3_bucket.scans.id
  policy = data.aws_iam_policy_document.scans.json
}
""",
)

_HEADER = "s3:x-amz-server-side-encryption"
_PUTS: dict[str, dict[str, str | Probe]] = {
    "under another key": {_HEADER: "aws:kms", f"{_HEADER}-aws-kms-key-id": Probe.OTHER},
    "under the AWS managed key (aws:kms without a key)": {_HEADER: "aws:kms"},
}


def check(resource: Resource, graph: Graph) -> Result | None:
    open_ = [name for name, request in _PUTS.items() if not refuses(resource, graph, "s3:PutObject", request)]
    if not open_:
        return passed("puts under other keys are denied", "policy")
    result = failed("policy", f"puts {' and '.join(open_)} are not denied", "a Deny for each of them")
    return where_images_lie(result, resource, graph)
