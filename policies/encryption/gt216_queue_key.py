from gtctl.audit.keys import customer_key
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity

RULE = Rule(
    id="GT216",
    title="Queues are encrypted with a customer managed key",
    severity=Severity.MEDIUM,
    resource_types=("aws_sqs_queue",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "The queue of a streaming job, or one for alerts that could not be delivered, holds the addresses of images "
        "and what was done to them. SQS encrypts it with its own key unless told otherwise."
    ),
    remediation="Set kms_master_key_id to your own key; its policy must let the sending services use it.",
    references=(
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html",
    ),
    hipaa=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("SC-13a", "SC-28(1)"),
    example_hcl="""\
resource "aws_kms_key" "logs" {
  description         = "Logs and notices"
  enable_key_rotation = true
}

resource "aws_sqs_queue" "undelivered" {
  name              = "labeling-undelivered"
  kms_master_key_id = aws_kms_key.logs.arn
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    return customer_key(resource, "kms_master_key_id", graph)
