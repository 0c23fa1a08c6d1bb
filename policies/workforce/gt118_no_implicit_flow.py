from typing import Any

from gtctl.audit.cognito import CLIENTS, judge_client
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed

RULE = Rule(
    id="GT118",
    title="Tokens are not handed over in addresses",
    severity=Severity.HIGH,
    resource_types=CLIENTS,
    sources=("hcl", "plan", "live"),
    rationale=(
        "With the implicit flow the token of a worker stands in the address that the browser is sent to, and so in its "
        "history, in the logs of proxies and in screenshots. Whoever has it is the worker."
    ),
    remediation='Set allowed_oauth_flows to ["code"]. The worker portal needs no other.',
    references=(
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html",
        "https://datatracker.ietf.org/doc/html/rfc9700",
    ),
    hipaa=("164.312(d)", "164.312(e)(1)"),
    nist=("IA-5", "SC-8"),
    example_hcl="""\
resource "aws_cognito_user_pool_client" "portal" {
  name            = "labeling-portal"
  user_pool_id    = aws_cognito_user_pool.workers.id
  generate_secret = true

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["email", "openid", "profile"]
  supported_identity_providers         = ["COGNITO"]
  callback_urls                        = ["https://${aws_sagemaker_workforce.this.subdomain}/oauth2/idpresponse"]
}
""",
)

_PATH = "allowed_oauth_flows"


def check(resource: Resource, graph: Graph) -> Result | None:
    return judge_client(resource, _PATH, graph, _judge, default=())


def _judge(flows: Any) -> Result:
    if any_of(flows if isinstance(flows, list) else (), lambda flow: flow == "implicit"):
        return failed(_PATH, flows, '["code"]')
    return passed("no implicit flow", _PATH)
