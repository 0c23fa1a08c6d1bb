from dataclasses import replace

from gtctl.audit.keys import customer_key
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, worst

RULE = Rule(
    id="GT219",
    title="Replicas are encrypted with a customer managed key",
    severity=Severity.HIGH,
    resource_types=("aws_s3_bucket_replication_configuration",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "A replica is encrypted as its own rule says. Without a key there, objects under a KMS key are not copied at "
        "all, and all others arrive under whatever the destination has: no backup, or a plain one."
    ),
    remediation=(
        "In each rule set destination.encryption_configuration.replica_kms_key_id to a key of your own, and "
        "source_selection_criteria.sse_kms_encrypted_objects to Enabled."
    ),
    references=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html",),
    hipaa=("164.308(a)(7)(ii)(A)", "164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("CP-9d", "SC-13a", "SC-28(1)"),
    example_hcl="""\
resource "aws_s3_bucket_replication_configuration" "labels" {
  bucket = aws_s3_bucket.labels.id
  role   = aws_iam_role.replication.arn

  rule {
    id     = "all"
    status = "Enabled"

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket = "arn:aws:s3:::hospital-labels-copy"

      encryption_configuration {
        replica_kms_key_id = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
      }
    }
  }
}
""",
)

_SELECTED = "source_selection_criteria.sse_kms_encrypted_objects.status"


def check(resource: Resource, graph: Graph) -> Result | None:
    return worst(resource.blocks("rule"), lambda rule: _judge(replace(resource, attributes=rule), graph))


def _judge(rule: Resource, graph: Graph) -> Result | None:
    if rule.get("status") == "Disabled":
        return None
    if rule.get(_SELECTED) != "Enabled":
        return failed("rule", f"{_SELECTED} is {rule.get(_SELECTED) or 'not set'}", "Enabled")
    return replace(customer_key(rule, "destination.encryption_configuration.replica_kms_key_id", graph), path="rule")
