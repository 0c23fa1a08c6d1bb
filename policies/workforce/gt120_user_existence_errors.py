from typing import Any

from gtctl.audit.cognito import CLIENTS, judge_client
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT120",
    title="The sign-in page does not tell who is a worker",
    severity=Severity.LOW,
    resource_types=CLIENTS,
    sources=("hcl", "plan", "live"),
    rationale=(
        "Cognito's old answers tell a wrong password from an unknown address. With them anybody can find out who may "
        "see images, and whom to try to deceive."
    ),
    remediation="Set prevent_user_existence_errors to ENABLED.",
    references=("https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html",),
    hipaa=("164.308(a)(5)(ii)(D)", "164.312(a)(1)"),
    nist=("AC-3", "IA-5"),
    example_hcl="""\
resource "aws_cognito_user_pool_client" "portal" {
  name         = "labeling-portal"
  user_pool_id = aws_cognito_user_pool.workers.id

  prevent_user_existence_errors = "ENABLED"
}
""",
)

_PATH = "prevent_user_existence_errors"


def check(resource: Resource, graph: Graph) -> Result | None:
    return judge_client(resource, _PATH, graph, _judge, default="LEGACY")


def _judge(value: Any) -> Result:
    return passed("it is ENABLED", _PATH) if value == "ENABLED" else failed(_PATH, value, "ENABLED")
