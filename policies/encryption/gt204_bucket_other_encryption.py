from gtctl.audit.buckets import refuses, where_images_lie
from gtctl.audit.conditions import Probe
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT204",
    title="Buckets refuse objects that are encrypted in another way",
    severity=Severity.MEDIUM,
    resource_types=("aws_s3_bucket",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "The bucket's encryption is only a default: a put whose header says AES256 is stored under S3's own key, and "
        "one with a key of the caller's (SSE-C) under a key that nobody else has, beside your own key's rules and "
        "records."
    ),
    remediation=(
        "Deny s3:PutObject to everybody where s3:x-amz-server-side-encryption is given and is not aws:kms, and where "
        "s3:x-amz-server-side-encryption-customer-algorithm is given."
    ),
    references=(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html",
    ),
    hipaa=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("SC-13a", "SC-28(1)"),
    example_hcl="""\
resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

data "aws_iam_policy_document" "scans" {
  statement {
    sid       = "DenyOtherEncryption"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.scans.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    # A put that says nothing is encrypted by the bucket's default.
    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption"
      values   = ["false"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "s3:x-amz-server-side-encryption"
      values   = ["aws:kms"]
    }
  }

  statement {
    sid       = "DenyCustomerProvidedKeys"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.scans.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption-customer-algorithm"
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

_HEADER = "s3:x-amz-server-side-encryption"
_PUTS: dict[str, dict[str, str | Probe]] = {
    "with S3's own key (AES256)": {_HEADER: "AES256"},
    "with a key of the caller's (SSE-C)": {f"{_HEADER}-customer-algorithm": "AES256"},
}


def check(resource: Resource, graph: Graph) -> Result | None:
    open_ = [name for name, request in _PUTS.items() if not refuses(resource, graph, "s3:PutObject", request)]
    if not open_:
        return passed("puts with other encryption are denied", "policy")
    result = failed("policy", f"puts {' and '.join(open_)} are not denied", "a Deny for each of them")
    return where_images_lie(result, resource, graph)
