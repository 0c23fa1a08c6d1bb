import re
from typing import Any

from gtctl.audit.iam import Statement
from gtctl.audit.identity_policies import IDENTITY, document, is_any
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed, shown, worst

RULE = Rule(
    id="GT309",
    title="No policy allows all actions of a service on everything",
    severity=Severity.HIGH,
    resource_types=IDENTITY,
    sources=("hcl", "plan", "live"),
    rationale=(
        "s3:*, kms:* or sagemaker:* on every resource takes in the images, their keys and every kind of workteam, "
        "and whatever AWS adds to the service next."
    ),
    remediation="Name the actions that are needed and the resources that they are needed on.",
    references=("https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",),
    hipaa=("164.308(a)(4)(ii)(B)", "164.312(a)(1)", "164.502(b)"),
    nist=("AC-3", "AC-6"),
    cis=("1.16",),
    aws_config=("IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS"),
    example_hcl="""\
resource "aws_iam_policy" "execution" {
  name = "labeling-execution"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${aws_s3_bucket.labels.arn}/*"
    }]
  })
}
""",
)


_EVERYTHING = re.compile(r"\*")


def check(resource: Resource, graph: Graph) -> Result | None:
    return worst(document(resource), _judge)


def _judge(statement: Statement) -> Result | None:
    if not statement.allows:
        return None
    if not statement.not_resources and not any_of(statement.resources, lambda resource: is_any(resource, _EVERYTHING)):
        return passed("the resources are named", "policy")
    if statement.not_actions:
        return failed("policy", f"all actions but {shown(list(statement.not_actions))} on everything", "named actions")
    if any_of(statement.actions, _whole_service):
        return failed("policy", f"{shown(list(statement.actions))} on everything", "named actions and resources")
    return passed("the actions are named", "policy")


def _whole_service(action: Any) -> bool:
    return action == "*" or (isinstance(action, str) and action.endswith(":*"))
