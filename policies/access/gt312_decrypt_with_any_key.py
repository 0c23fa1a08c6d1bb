import re

from gtctl.audit.iam import Statement
from gtctl.audit.identity_policies import IDENTITY, document, is_any, narrows, where_it_grants
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, all_of, any_of, failed, passed, worst

RULE = Rule(
    id="GT312",
    title="No policy of a role or user allows decryption with any key",
    severity=Severity.HIGH,
    resource_types=IDENTITY,
    sources=("hcl", "plan", "live"),
    rationale=(
        "kms:Decrypt on * is a right on every key whose own policy trusts IAM: the second decision about who may read "
        "the images is gone. AWS's conformance pack for HIPAA flags it."
    ),
    remediation="Grant the use of a key in the key's own policy, or name the key's ARN as the resource.",
    references=(
        "https://docs.aws.amazon.com/config/latest/developerguide/iam-customer-policy-blocked-kms-actions.html",
        "https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies-best-practices.html",
    ),
    hipaa=("164.308(a)(4)(ii)(B)", "164.312(a)(1)", "164.312(a)(2)(iv)"),
    nist=("AC-3", "AC-6", "SC-12"),
    aws_config=("IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS", "IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS"),
    example_hcl="""\
resource "aws_kms_key" "scans" {
  description         = "Scans"
  enable_key_rotation = true
}

resource "aws_iam_policy" "read" {
  name = "read-scans"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = aws_kms_key.scans.arn }]
  })
}
""",
)

_BLOCKED = ("kms:Decrypt", "kms:ReEncryptFrom")
_ANY_KEY = re.compile(r"\*|arn:[^:]*:(kms|\*):[^:]*:[^:]*:(\*|key/\*)")


def check(resource: Resource, graph: Graph) -> Result | None:
    return where_it_grants(worst(document(resource), _judge), resource, graph)


def _judge(statement: Statement) -> Result | None:
    def blocked() -> bool:
        return statement.allows and any_of(_BLOCKED, statement.covers)

    def any_key() -> bool:
        return bool(statement.not_resources) or any_of(statement.resources, lambda each: is_any(each, _ANY_KEY))

    def unnamed() -> bool:
        return not narrows(statement, "kms:ResourceAliases")

    # One of them that surely does not hold is enough, whatever is unknown about the others.
    if not all_of([blocked, any_key, unnamed], lambda test: bool(test())):
        return passed("no decryption, or with named keys", "policy")
    name = f"statement {statement.sid}" if statement.sid else "a statement"
    return failed("policy", f"{name} allows decryption with any key", "the keys' ARNs")
