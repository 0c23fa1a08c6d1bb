import re

from gtctl.audit.iam import Statement
from gtctl.audit.identity_policies import IDENTITY, document, is_any, narrows, where_it_grants
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed, worst

RULE = Rule(
    id="GT317",
    title="iam:PassRole names the roles and the service that they are passed to",
    severity=Severity.HIGH,
    resource_types=IDENTITY,
    sources=("hcl", "plan", "live"),
    rationale=(
        "Who launches a job hands it a role. Who may hand over any role, to any service, has every right that some "
        "role of the account has, reading all images included."
    ),
    remediation=(
        "Allow iam:PassRole on the execution role's ARN only, with a condition on iam:PassedToService "
        "(sagemaker.amazonaws.com)."
    ),
    references=("https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",),
    hipaa=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    nist=("AC-3", "AC-6"),
    example_hcl="""\
data "aws_iam_policy_document" "launch" {
  statement {
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.execution.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }
}

resource "aws_iam_policy" "launch" {
  name   = "launch-labeling-jobs"
  policy = data.aws_iam_policy_document.launch.json
}
""",
)

_ANY_ROLE = re.compile(r"\*|arn:[^:]*:(iam|\*):[^:]*:[^:]*:(\*|role/\*)")


def check(resource: Resource, graph: Graph) -> Result | None:
    return where_it_grants(worst(document(resource), _judge), resource, graph)


def _judge(statement: Statement) -> Result | None:
    if not statement.allows or not statement.covers("iam:PassRole"):
        return None
    if statement.not_resources or any_of(statement.resources, lambda resource: is_any(resource, _ANY_ROLE)):
        return failed("policy", "iam:PassRole on any role", "the ARN of the execution role")
    if not narrows(statement, "iam:PassedToService"):
        return failed("policy", "iam:PassRole to any service", "a condition on iam:PassedToService")
    return passed("iam:PassRole names roles and service", "policy")
