from gtctl.audit.keys import customer_key
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity

RULE = Rule(
    id="GT215",
    title="Topics are encrypted with a customer managed key",
    severity=Severity.MEDIUM,
    resource_types=("aws_sns_topic",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Notices of work and alerts name jobs, files and people. The AWS managed key alias/aws/sns is no way out: its "
        "policy can't let SageMaker or EventBridge use it, so nothing they publish arrives."
    ),
    remediation="Set kms_master_key_id to your own key; its policy must let the publishing services use it.",
    references=("https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",),
    hipaa=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("SC-8(3)", "SC-8(4)", "SC-13a", "SC-28(1)"),
    aws_config=("SNS_ENCRYPTED_KMS",),
    example_hcl="""\
resource "aws_kms_key" "logs" {
  description         = "Logs and notices"
  enable_key_rotation = true
}

resource "aws_sns_topic" "work" {
  name              = "labeling-work"
  kms_master_key_id = aws_kms_key.logs.arn
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    return customer_key(resource, "kms_master_key_id", graph)
