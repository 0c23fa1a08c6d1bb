from typing import Any

from gtctl.audit.cognito import CLIENTS, judge_client
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed

RULE = Rule(
    id="GT121",
    title="Workers sign in with accounts that the organization gives and takes",
    severity=Severity.HIGH,
    resource_types=CLIENTS,
    sources=("hcl", "plan", "live"),
    rationale=(
        "Whoever signs in with a social account gets a user in the pool without an administrator, and past the pool's "
        "own second factor. When people leave, nobody in the organization closes such an account."
    ),
    remediation=(
        "Name COGNITO, or your own SAML or OpenID Connect provider, in supported_identity_providers, and no social one."
    ),
    references=(
        "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-social-idp.html",
        "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html",
    ),
    hipaa=("164.308(a)(3)(ii)(B)", "164.308(a)(3)(ii)(C)", "164.312(d)"),
    nist=("IA-2", "PS-4", "AC-2(3)"),
    example_hcl="""\
resource "aws_cognito_user_pool_client" "portal" {
  name         = "labeling-portal"
  user_pool_id = aws_cognito_user_pool.workers.id

  supported_identity_providers = ["COGNITO"]
}
""",
)

_PATH = "supported_identity_providers"
# Cognito's fixed names of them (CreateIdentityProvider, ProviderType).
_SOCIAL = ("Facebook", "Google", "LoginWithAmazon", "SignInWithApple")


def check(resource: Resource, graph: Graph) -> Result | None:
    return judge_client(resource, _PATH, graph, _judge, default=())


def _judge(providers: Any) -> Result:
    if any_of(providers if isinstance(providers, list) else (), lambda provider: provider in _SOCIAL):
        return failed(_PATH, providers, "COGNITO, or your own provider")
    return passed("no social account", _PATH)
