from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, is_set, passed, shown, unknown

RULE = Rule(
    id="GT109",
    title="The workforce's identity provider asks for a second factor",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_workforce",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "The worker portal trusts whoever the identity provider sends. It asks for nothing itself, so the strength of "
        "the sign-in is the provider's alone, be that Cognito or your own by OpenID Connect."
    ),
    remediation=(
        "Set mfa_configuration of the workforce's user pool to ON. For a provider of your own, or a pool that is made "
        "elsewhere, keep a record (waive the finding with it as the reason) that it demands a second factor of every "
        "worker, ends sessions, and closes the accounts of people who leave."
    ),
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-create-private-oidc.html",
        "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html",
    ),
    hipaa=("164.312(d)", "164.308(a)(3)(ii)(C)"),
    nist=("IA-2(1)", "IA-2(2)", "IA-5"),
    example_hcl="""\
resource "aws_cognito_user_pool" "workers" {
  name              = "labeling-workers"
  mfa_configuration = "ON"

  software_token_mfa_configuration {
    enabled = true
  }
}

resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  cognito_config {
    client_id = aws_cognito_user_pool_client.this.id
    user_pool = aws_cognito_user_pool.workers.id
  }

  source_ip_config {
    cidrs = ["198.51.100.0/24"]
  }
}
""",
)

_PATH = "cognito_config.user_pool"
_ATTEST = "attest that it demands a second factor of every worker, ends sessions, and closes accounts of who leaves"


def check(resource: Resource, graph: Graph) -> Result | None:
    if is_set(resource.peek("oidc_config")):
        issuer = resource.peek("oidc_config.issuer")
        return unknown(f"the provider {shown(issuer)} is outside of this code: {_ATTEST}", "oidc_config.issuer")
    value = resource.peek(_PATH)
    pool = graph.target(value, "aws_cognito_user_pool")
    if pool is None:
        return unknown(f"the user pool {shown(value)} is outside of this code: {_ATTEST}", _PATH)
    mfa = pool.get("mfa_configuration")
    if mfa == "ON":
        return passed(f"{pool.address} demands one", _PATH)
    return failed(_PATH, f"{pool.address} has mfa_configuration {shown(mfa)}", "a pool that has it ON")
