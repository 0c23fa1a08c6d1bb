from collections.abc import Callable

from gtctl.audit.iam import Statement
from gtctl.audit.identity_policies import RIGHTS, document
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed, worst

RULE = Rule(
    id="GT302",
    title="No policy relies on the deprecated condition keys for encryption keys",
    severity=Severity.HIGH,
    resource_types=RIGHTS,
    sources=("hcl", "plan", "live"),
    rationale=(
        "In June 2026 sagemaker:OutputKmsKey and sagemaker:VolumeKmsKey were replaced by OutputKmsKeyArn and "
        "VolumeKmsKeyArn. Where requests no longer carry the old key, a Deny that compares it lets everything "
        "through, and an Allow that demands it lets nothing through."
    ),
    remediation=(
        "Say the same with sagemaker:OutputKmsKeyArn and sagemaker:VolumeKmsKeyArn and full key ARNs, in statements "
        "of their own; the old ones may stay beside them."
    ),
    references=("https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html",),
    hipaa=("164.312(a)(1)", "164.312(a)(2)(iv)"),
    nist=("AC-3", "SC-28(1)"),
    example_hcl="""\
resource "aws_iam_policy" "guardrail" {
  name = "own-output-key-only"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Action    = "sagemaker:CreateLabelingJob"
      Resource  = "*"
      Condition = { StringNotEquals = { "sagemaker:OutputKmsKeyArn" = aws_kms_key.labels.arn } }
    }]
  })
}
""",
)

_LAUNCH = "sagemaker:CreateLabelingJob"
_REPLACED = {
    "sagemaker:OutputKmsKey": "sagemaker:OutputKmsKeyArn",
    "sagemaker:VolumeKmsKey": "sagemaker:VolumeKmsKeyArn",
}


def check(resource: Resource, graph: Graph) -> Result | None:
    found = document(resource)
    return worst(found, lambda statement: _judge(statement, found))


def _judge(statement: Statement, found: list[Statement]) -> Result | None:
    if not statement.covers(_LAUNCH):
        return None
    kind = "an Allow" if statement.allows else "a Deny"
    for old, new in _REPLACED.items():
        if statement.condition(old) and not any_of(found, _counterpart(statement, new)):
            return failed("policy", f"{kind} compares {old}, none {new}", new)
    if any_of(list(_REPLACED.values()), lambda new: bool(statement.condition(new))):
        return passed("the keys are compared by their new names", "policy")
    return None


def _counterpart(statement: Statement, new: str) -> Callable[[Statement], bool]:
    def says_it(other: Statement) -> bool:
        return other.allows == statement.allows and other.covers(_LAUNCH) and bool(other.condition(new))

    return says_it
