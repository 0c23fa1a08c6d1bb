from collections.abc import Sequence

from gtctl.audit.conditions import Probe, Request, met
from gtctl.audit.iam import Statement
from gtctl.audit.identity_policies import RIGHTS, document
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed, shown, worst

RULE = Rule(
    id="GT303",
    title="Denials of labeling jobs hold when the request does not name what they compare",
    severity=Severity.HIGH,
    resource_types=RIGHTS,
    sources=("hcl", "plan", "live"),
    rationale=(
        "A Deny that lists what is forbidden (StringEquals public-crowd), or that looks at a key only where there is "
        "one (Null false), does not hold for a request that leaves the key out: no workteam type, no output key. "
        "Such a request then passes a guardrail that looks complete."
    ),
    remediation=(
        "Deny whatever is not the right value, with a negated operator (StringNotEquals, ArnNotLike), which also "
        "holds where the key is missing; or add a Deny with Null true."
    ),
    references=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-security-workforce-authentication.html",
    ),
    hipaa=("164.308(a)(4)(i)", "164.312(a)(1)"),
    nist=("AC-3", "AC-4", "AC-6"),
    example_hcl="""\
resource "aws_organizations_policy" "labeling" {
  name = "private-workteams-only"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Action    = ["sagemaker:CreateLabelingJob", "sagemaker:CreateFlowDefinition"]
      Resource  = "*"
      Condition = { StringNotEquals = { "sagemaker:WorkteamType" = "private-crowd" } }
    }]
  })
}
""",
)

_LABEL, _REVIEW = "sagemaker:CreateLabelingJob", "sagemaker:CreateFlowDefinition"
_WORKTEAM = ("sagemaker:WorkteamArn", "sagemaker:WorkteamType")
_OUTPUT_KEY = ("sagemaker:OutputKmsKeyArn", "sagemaker:OutputKmsKey")
# What a request leaves out, by action: a volume key is rightly missing where nothing is trained.
_SUBJECTS = (
    (_LABEL, "workteam", _WORKTEAM),
    (_REVIEW, "workteam", _WORKTEAM),
    (_LABEL, "output key", _OUTPUT_KEY),
)
_REQUEST: Request = {
    "aws:principalarn": Probe.OTHER,
    "aws:principalisawsservice": "false",
}


def check(resource: Resource, graph: Graph) -> Result | None:
    found = document(resource)
    return worst(_SUBJECTS, lambda subject: _judge(found, *subject))


def _judge(found: list[Statement], action: str, subject: str, keys: Sequence[str]) -> Result | None:
    # What else the request says may be all right: a Deny that looks at that does not surely hold.
    request = {**_REQUEST, **{key.lower(): Probe.ABSENT for key in keys}}

    def denies(statement: Statement) -> bool:
        return not statement.allows and statement.covers(action)

    def compares(statement: Statement) -> bool:
        return denies(statement) and any_of(keys, lambda key: bool(statement.condition(key)))

    def holds(statement: Statement) -> bool:
        # One that looks at neither key, and has conditions of its own, is about something else.
        return denies(statement) and _everywhere(statement) and met(statement.conditions, request)

    if not any_of(found, compares):
        return None
    if any_of(found, holds):
        return passed(f"{action} without {subject} is denied", "policy")
    return failed("policy", f"{action} without {subject} is not denied", "a Deny that holds where the key is missing")


def _everywhere(statement: Statement) -> bool:
    return any_of(statement.resources, lambda resource: shown(resource).endswith("*"))
