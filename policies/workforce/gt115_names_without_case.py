from gtctl.audit.cognito import where_workers_sign_in
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT115",
    title="A worker has one account, however the address is spelled",
    severity=Severity.LOW,
    resource_types=("aws_cognito_user_pool",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "In a pool that regards case, User@example.org and user@example.org are two accounts: the worker can't sign in "
        "with one, gets a second, and the records of one person stand under two ids."
    ),
    remediation=(
        "Set username_configuration.case_sensitive to false. It can't be changed later: the pool is made anew."
    ),
    references=(
        "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-case-sensitivity.html",
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UsernameConfigurationType.html",
    ),
    hipaa=("164.312(a)(2)(i)",),
    nist=("IA-2", "AC-2"),
    example_hcl="""\
resource "aws_cognito_user_pool" "workers" {
  name              = "labeling-workers"
  mfa_configuration = "ON"

  username_configuration {
    case_sensitive = false
  }
}
""",
)

_PATH = "username_configuration.case_sensitive"


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.get(_PATH)
    # Cognito's default for pools that are made by its API is to regard case.
    if value in (False, "false"):
        return passed("names are the same in any case", _PATH)
    return where_workers_sign_in(failed(_PATH, value, "false"), resource, graph)
