from typing import Any

from gtctl.audit.cognito import CLIENTS, judge_client
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT117",
    title="A worker who leaves can be signed out",
    severity=Severity.MEDIUM,
    resource_types=CLIENTS,
    sources=("hcl", "plan", "live"),
    rationale=(
        "Disabling an account stops the next sign-in. The session that is open ends at once only where its tokens can "
        "be revoked."
    ),
    remediation="Leave enable_token_revocation on (true).",
    references=("https://docs.aws.amazon.com/cognito/latest/developerguide/token-revocation.html",),
    hipaa=("164.308(a)(3)(ii)(C)", "164.312(a)(2)(iii)"),
    nist=("PS-4", "AC-2(3)"),
    example_hcl="""\
resource "aws_cognito_user_pool_client" "portal" {
  name         = "labeling-portal"
  user_pool_id = aws_cognito_user_pool.workers.id

  enable_token_revocation = true
}
""",
)

_PATH = "enable_token_revocation"


def check(resource: Resource, graph: Graph) -> Result | None:
    # Cognito turns it on for every new client.
    return judge_client(resource, _PATH, graph, _judge, default=True)


def _judge(value: Any) -> Result:
    return passed("tokens can be revoked", _PATH) if value in (True, "true") else failed(_PATH, value, "true")
