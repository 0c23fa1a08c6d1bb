from gtctl.audit.cognito import where_workers_sign_in
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT113",
    title="Risky sign-ins of workers are blocked",
    severity=Severity.MEDIUM,
    resource_types=("aws_cognito_user_pool",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Threat protection refuses passwords that are known from leaks and sign-ins that look like somebody else's. "
        "AUDIT only writes them down, and nobody reads it in time."
    ),
    remediation=(
        "Set user_pool_add_ons.advanced_security_mode to ENFORCED and user_pool_tier to PLUS, the plan it is part of."
    ),
    references=(
        "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-threat-protection.html",
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolAddOnsType.html",
    ),
    hipaa=("164.308(a)(5)(ii)(C)", "164.308(a)(1)(ii)(D)"),
    nist=("IA-5",),
    example_hcl="""\
resource "aws_cognito_user_pool" "workers" {
  name              = "labeling-workers"
  mfa_configuration = "ON"
  user_pool_tier    = "PLUS"

  user_pool_add_ons {
    advanced_security_mode = "ENFORCED"
  }
}
""",
)

_PATH = "user_pool_add_ons.advanced_security_mode"


def check(resource: Resource, graph: Graph) -> Result | None:
    mode = resource.get(_PATH)
    if mode == "ENFORCED":
        return passed("advanced_security_mode is ENFORCED", _PATH)
    return where_workers_sign_in(failed(_PATH, mode, "ENFORCED"), resource, graph)
