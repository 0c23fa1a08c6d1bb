from gtctl.audit.cognito import where_workers_sign_in
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT110",
    title="Workers sign in with a second factor",
    severity=Severity.HIGH,
    resource_types=("aws_cognito_user_pool",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Whoever learns a worker's password sees the images that the worker may see, from anywhere the portal is "
        "open to. With OPTIONAL each worker decides for themselves."
    ),
    remediation="Set mfa_configuration to ON and enable a second factor, best an authenticator app.",
    references=("https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html",),
    hipaa=("164.312(d)", "164.308(a)(3)(ii)(A)", "164.308(a)(4)(ii)(B)"),
    nist=("IA-2(1)", "IA-2(2)", "IA-5"),
    example_hcl="""\
resource "aws_cognito_user_pool" "workers" {
  name              = "labeling-workers"
  mfa_configuration = "ON"

  software_token_mfa_configuration {
    enabled = true
  }
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    mfa = resource.get("mfa_configuration")
    if mfa == "ON":
        return passed("mfa_configuration is ON", "mfa_configuration")
    return where_workers_sign_in(failed("mfa_configuration", mfa, "ON"), resource, graph)
