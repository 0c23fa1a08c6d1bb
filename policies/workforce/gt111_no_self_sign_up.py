from gtctl.audit.cognito import where_workers_sign_in
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT111",
    title="Only administrators make accounts for workers",
    severity=Severity.HIGH,
    resource_types=("aws_cognito_user_pool",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Where self-registration is on, anybody who finds the sign-in page makes an account in the pool of those who "
        "may see images, without anybody having checked who they are."
    ),
    remediation="Set admin_create_user_config.allow_admin_create_user_only to true.",
    references=(
        "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-admin-create-user-policy.html",
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUserConfigType.html",
    ),
    hipaa=("164.308(a)(3)(ii)(B)", "164.308(a)(4)(ii)(B)", "164.312(a)(2)(i)"),
    nist=("AC-2", "AC-3", "IA-2"),
    example_hcl="""\
resource "aws_cognito_user_pool" "workers" {
  name              = "labeling-workers"
  mfa_configuration = "ON"

  admin_create_user_config {
    allow_admin_create_user_only = true
  }
}
""",
)

_PATH = "admin_create_user_config.allow_admin_create_user_only"


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.get(_PATH)
    if value in (True, "true"):
        return passed("only administrators make accounts", _PATH)
    return where_workers_sign_in(failed(_PATH, value, "true"), resource, graph)
