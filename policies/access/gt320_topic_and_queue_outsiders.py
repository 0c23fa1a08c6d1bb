from gtctl.audit.iam import statements
from gtctl.audit.principals import openness
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, is_set

RULE = Rule(
    id="GT320",
    title="Topics and queues let in nobody outside the account",
    severity=Severity.HIGH,
    resource_types=("aws_sns_topic_policy", "aws_sqs_queue_policy", "aws_sns_topic", "aws_sqs_queue"),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Who may subscribe to a topic of labeling work, or read its queue, learns which images there are and where; "
        "who may publish can feed workers and jobs with tasks of their own."
    ),
    remediation=(
        "Name the AWS service or principals of your own account; with the principal *, add a condition on "
        "aws:SourceAccount, aws:PrincipalAccount or aws:SourceArn."
    ),
    references=(
        "https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html",
    ),
    hipaa=("164.308(a)(4)(i)", "164.312(a)(1)"),
    nist=("AC-3", "AC-4", "AC-6"),
    example_hcl="""\
data "aws_caller_identity" "this" {}

resource "aws_sns_topic_policy" "work" {
  arn = aws_sns_topic.work.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sagemaker.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.work.arn
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.this.account_id } }
    }]
  })
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.peek("policy")
    if not is_set(value):
        return None
    action = "sns:Subscribe" if resource.type.startswith("aws_sns") else "sqs:ReceiveMessage"
    return openness(statements(value), action, graph, "policy")
