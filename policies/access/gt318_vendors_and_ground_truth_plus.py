from gtctl.audit.iam import Statement
from gtctl.audit.identity_policies import IDENTITY, document
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed, worst

RULE = Rule(
    id="GT318",
    title="Nobody may engage vendors' workers or Ground Truth Plus",
    severity=Severity.HIGH,
    resource_types=IDENTITY,
    sources=("hcl", "plan", "live"),
    rationale=(
        "A vendor's workforce is subscribed to on AWS Marketplace, and Ground Truth Plus brings workers of AWS's own "
        "choice. Both are left out of the services that are eligible under HIPAA."
    ),
    remediation=(
        "Leave aws-marketplace subscriptions and groundtruthlabeling projects out of the policy, or deny them in it."
    ),
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management-vendor.html",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazongroundtruthlabeling.html",
    ),
    hipaa=("164.308(a)(4)(i)", "164.308(b)(1)"),
    nist=("AC-3", "AC-20", "PS-7", "SA-9"),
    example_hcl="""\
resource "aws_iam_policy" "guardrail" {
  name = "own-workers-only"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Deny"
      Action   = ["groundtruthlabeling:*", "aws-marketplace:Subscribe", "aws-marketplace:AcceptAgreementRequest"]
      Resource = "*"
    }]
  })
}
""",
)

_OTHERS = (
    "groundtruthlabeling:CreateProject",
    "groundtruthlabeling:CreateBatch",
    "groundtruthlabeling:CreateIntakeForm",
    "groundtruthlabeling:CreateWorkflowDefinition",
    "aws-marketplace:Subscribe",
    "aws-marketplace:AcceptAgreementRequest",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    found = document(resource)
    return worst(_OTHERS, lambda action: _judge(action, found))


def _judge(action: str, found: list[Statement]) -> Result:
    def denied(statement: Statement) -> bool:
        return not statement.allows and statement.covers(action) and not statement.conditions and _all(statement)

    if not any_of(found, lambda statement: statement.allows and statement.covers(action)):
        return passed("vendors and Ground Truth Plus are not allowed", "policy")
    if any_of(found, denied):
        return passed("vendors and Ground Truth Plus are denied", "policy")
    return failed("policy", f"{action} is allowed", "no such right")


def _all(statement: Statement) -> bool:
    return any_of(statement.resources, lambda resource: resource == "*")
