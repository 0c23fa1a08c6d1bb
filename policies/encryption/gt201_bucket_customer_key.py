from gtctl.audit.buckets import where_images_lie
from gtctl.audit.keys import customer_key
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, worst

RULE = Rule(
    id="GT201",
    title="Buckets encrypt with a customer managed key",
    severity=Severity.HIGH,
    resource_types=("aws_s3_bucket",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "S3 encrypts everything, but with its own key everybody who may read the bucket reads plain images. Only a "
        "key of your own gives a second decision about who may read, a record of each use, and a way to withdraw it."
    ),
    remediation=(
        "Give the bucket an aws_s3_bucket_server_side_encryption_configuration with sse_algorithm aws:kms and the "
        "ARN of your own key as kms_master_key_id."
    ),
    references=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",),
    hipaa=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("AU-9(3)", "CP-9d", "CP-9(8)", "SC-8(3)", "SC-8(4)", "SC-13a", "SC-28(1)", "SI-19(4)"),
    aws_config=("S3_DEFAULT_ENCRYPTION_KMS",),
    example_hcl="""\
resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_kms_key" "scans" {
  description         = "Scans"
  enable_key_rotation = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "scans" {
  bucket = aws_s3_bucket.scans.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.scans.arn
    }
  }
}
""",
)

_CONFIGURATION = "aws_s3_bucket_server_side_encryption_configuration"
_DEFAULT = "rule.apply_server_side_encryption_by_default"
_INLINE = "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default"


def check(resource: Resource, graph: Graph) -> Result | None:
    settings = graph.related(resource, _CONFIGURATION, "bucket")
    if settings:
        result = worst(settings, lambda setting: _judge(setting, _DEFAULT, graph))
    else:
        result = _judge(resource, _INLINE, graph)
    # S3 delivers access logs only to buckets that its own key encrypts (SSE-S3).
    return where_images_lie(result, resource, graph) if result else None


def _judge(holder: Resource, block: str, graph: Graph) -> Result:
    algorithm = holder.get(f"{block}.sse_algorithm")
    if algorithm not in ("aws:kms", "aws:kms:dsse"):
        return failed(f"{block}.sse_algorithm", algorithm, "aws:kms with a customer managed key")
    return customer_key(holder, f"{block}.kms_master_key_id", graph)
