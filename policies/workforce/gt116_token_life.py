from typing import Any

from gtctl.audit.cognito import CLIENTS, judge_client
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed, shown, unknown, worst

RULE = Rule(
    id="GT116",
    title="Workers are signed out after a shift",
    severity=Severity.MEDIUM,
    resource_types=CLIENTS,
    sources=("hcl", "plan", "live"),
    rationale=(
        "A workstation that is left alone shows images for as long as the tokens last. Cognito's default refresh token "
        "lasts 30 days."
    ),
    remediation=(
        "Set refresh_token_validity to at most 12 hours, access_token_validity and id_token_validity to at most one, "
        "with token_validity_units."
    ),
    references=(
        "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html",
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_TokenValidityUnitsType.html",
    ),
    hipaa=("164.312(a)(2)(iii)",),
    nist=("AC-11", "AC-12"),
    example_hcl="""\
resource "aws_cognito_user_pool_client" "portal" {
  name         = "labeling-portal"
  user_pool_id = aws_cognito_user_pool.workers.id

  access_token_validity  = 60
  id_token_validity      = 60
  refresh_token_validity = 8

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "hours"
  }
}
""",
)

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
# Kind of token -> the longest it may last, Cognito's unit for it and Cognito's default, in that unit.
_TOKENS = {"refresh": (12 * 3600, "days", 30), "access": (3600, "hours", 1), "id": (3600, "hours", 1)}


def check(resource: Resource, graph: Graph) -> Result | None:
    return worst(tuple(_TOKENS), lambda kind: _judge(kind, resource, graph))


def _judge(kind: str, client: Resource, graph: Graph) -> Result | None:
    longest, unit, default = _TOKENS[kind]
    path = f"{kind}_token_validity"

    def judge(value: Any) -> Result:
        # 0 is Cognito's default, too.
        amount = int(value or 0) or default
        chosen = (client.get(f"token_validity_units.{kind}_token") or unit) if value else unit
        if chosen not in _SECONDS:
            return unknown(f"{shown(chosen)} is no unit of time", path)
        if amount * _SECONDS[chosen] > longest:
            return failed(path, f"{amount} {chosen}", f"at most {longest // 3600} h")
        return passed(f"{amount} {chosen}", path)

    return judge_client(client, path, graph, judge, default=0)
