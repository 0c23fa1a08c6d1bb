from gtctl.audit.iam import Statement, statements
from gtctl.audit.identity_policies import narrows
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed, worst

RULE = Rule(
    id="GT308",
    title="SageMaker assumes roles for jobs of the own account only",
    severity=Severity.MEDIUM,
    resource_types=("aws_iam_role",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "SageMaker acts for every customer of AWS. A trust policy that names the service alone leaves it to the "
        "service to see that nobody else's job gets this role: the confused deputy."
    ),
    remediation="Add a condition on aws:SourceAccount (your account's number) or aws:SourceArn to the trust policy.",
    references=("https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html",),
    hipaa=("164.308(a)(4)(i)", "164.312(a)(1)"),
    nist=("AC-3", "AC-6"),
    example_hcl="""\
data "aws_caller_identity" "this" {}

resource "aws_iam_role" "execution" {
  name = "labeling-execution"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sagemaker.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.this.account_id } }
    }]
  })
}
""",
)

_SOURCES = ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID")


def check(resource: Resource, graph: Graph) -> Result | None:
    return worst(statements(resource.peek("assume_role_policy")), _judge)


def _judge(statement: Statement) -> Result | None:
    services = [value for kind, value in statement.principals if kind == "Service"]
    if not statement.allows or not any_of(services, lambda service: service == "sagemaker.amazonaws.com"):
        return None
    if any_of(_SOURCES, lambda key: narrows(statement, key)):
        return passed("the trust policy has a condition on the source", "assume_role_policy")
    return failed("assume_role_policy", "any job of SageMaker may use the role", "a condition on aws:SourceAccount")
