from gtctl.audit.cognito import where_workers_sign_in
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT112",
    title="Workers' passwords are long and their invitations short-lived",
    severity=Severity.MEDIUM,
    resource_types=("aws_cognito_user_pool",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "A password that can be guessed leaves the second factor as the only one. An invitation is a password sent by "
        "mail: it should work for days, not for a year. Cognito's own default is 8 characters."
    ),
    remediation=(
        "Set password_policy: at least 14 characters of all four kinds, temporary_password_validity_days at most 7."
    ),
    references=(
        "https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html",
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_PasswordPolicyType.html",
    ),
    hipaa=("164.308(a)(5)(ii)(D)", "164.312(d)"),
    nist=("IA-5",),
    example_hcl="""\
resource "aws_cognito_user_pool" "workers" {
  name              = "labeling-workers"
  mfa_configuration = "ON"

  password_policy {
    minimum_length                   = 14
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = true
    require_uppercase                = true
    temporary_password_validity_days = 3
  }
}
""",
)

_LENGTH, _DAYS = 14, 7
_KINDS = ("require_lowercase", "require_numbers", "require_symbols", "require_uppercase")


def check(resource: Resource, graph: Graph) -> Result | None:
    wrong = _wrong(resource)
    if not wrong:
        return passed("the password policy is strict", "password_policy")
    return where_workers_sign_in(failed("password_policy", *wrong), resource, graph)


def _wrong(pool: Resource) -> tuple[str, str] | None:
    """What is wrong, and what is expected."""
    length = pool.get("password_policy.minimum_length")
    if not length or int(length) < _LENGTH:
        return f"minimum_length is {length or 'not set (8)'}", f"at least {_LENGTH}"
    for kind in _KINDS:
        # Where there is a policy, what it does not ask for is not needed.
        if pool.get(f"password_policy.{kind}") not in (True, "true"):
            return f"{kind} is not true", "true"
    days = pool.get("password_policy.temporary_password_validity_days")
    if days and int(days) > _DAYS:
        return f"temporary_password_validity_days is {days}", f"at most {_DAYS}"
    return None
