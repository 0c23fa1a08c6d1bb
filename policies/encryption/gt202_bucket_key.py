from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT202",
    title="Buckets under a KMS key use an S3 Bucket Key",
    severity=Severity.LOW,
    resource_types=("aws_s3_bucket_server_side_encryption_configuration",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Without a bucket key S3 calls KMS for each image that is read or written: a large job runs into the request "
        "quota of KMS, costs more, and buries the uses of the key that an auditor looks for."
    ),
    remediation="Set bucket_key_enabled to true in the rule that names the key.",
    references=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",),
    hipaa=("164.312(a)(2)(iv)",),
    nist=("SC-28(1)",),
    example_hcl="""\
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


def check(resource: Resource, graph: Graph) -> Result | None:
    # Double encryption (aws:kms:dsse) knows no bucket keys.
    if resource.get("rule.apply_server_side_encryption_by_default.sse_algorithm") != "aws:kms":
        return None
    path = "rule.bucket_key_enabled"
    enabled = resource.get(path)
    return passed("bucket_key_enabled is true", path) if enabled in (True, "true") else failed(path, enabled, "true")
