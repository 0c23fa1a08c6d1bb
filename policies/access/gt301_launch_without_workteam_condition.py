from collections.abc import Sequence

from gtctl.audit.iam import Statement, statements
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, all_of, any_of, failed, passed, worst
from gtctl.audit.workteams import only_private

RULE = Rule(
    id="GT301",
    title="Who may launch labeling jobs may do so with private workteams only",
    severity=Severity.HIGH,
    resource_types=("aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy"),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Without a condition on the workteam, whoever holds this policy can send images to the public or to a "
        "vendor's workforce with one call. IAM can refuse that before it happens."
    ),
    remediation=(
        "Allow sagemaker:CreateLabelingJob and sagemaker:CreateFlowDefinition only with a condition on "
        "sagemaker:WorkteamArn (your teams) or sagemaker:WorkteamType (private-crowd)."
    ),
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-security-workforce-authentication.html",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html",
    ),
    hipaa=("164.308(a)(4)(i)", "164.308(a)(4)(ii)(B)", "164.308(b)(1)", "164.312(a)(1)"),
    nist=("AC-3", "AC-4", "AC-6", "AC-20"),
    example_hcl="""\
data "aws_iam_policy_document" "launch" {
  statement {
    actions   = ["sagemaker:CreateLabelingJob", "sagemaker:CreateFlowDefinition"]
    resources = ["*"]

    condition {
      test     = "ArnEquals"
      variable = "sagemaker:WorkteamArn"
      values   = ["arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"]
    }
  }
}

resource "aws_iam_policy" "launch" {
  name   = "launch-labeling-jobs"
  policy = data.aws_iam_policy_document.launch.json
}
""",
)

_LAUNCH = ("sagemaker:CreateLabelingJob", "sagemaker:CreateFlowDefinition")
_KEYS = ("sagemaker:WorkteamArn", "sagemaker:WorkteamType")
_IS = ("stringequals", "stringlike", "arnequals", "arnlike")
_IS_NOT = ("stringnotequals", "stringnotlike", "arnnotequals", "arnnotlike")


def check(resource: Resource, graph: Graph) -> Result | None:
    document = statements(resource.peek("policy"))
    return worst(document, lambda statement: _judge(statement, document, graph))


def _judge(statement: Statement, document: Sequence[Statement], graph: Graph) -> Result | None:
    launched = [action for action in _LAUNCH if statement.allows and statement.covers(action)]
    if not launched:
        return None
    if _private_only(statement, _IS, graph):
        return passed("the statement has a condition on the workteam", "policy")
    if all(_is_denied_to_others(action, document, graph) for action in launched):
        return passed("a Deny refuses every other workteam", "policy")
    name = f"statement {statement.sid}" if statement.sid else "a statement"
    return failed("policy", f"{name} allows {', '.join(launched)} for any workteam", "a condition on the workteam")


def _is_denied_to_others(action: str, document: Sequence[Statement], graph: Graph) -> bool:
    def denies(statement: Statement) -> bool:
        return (
            statement.effect == "Deny"
            and statement.covers(action)
            and "*" in statement.resources
            and (
                not statement.conditions
                or (len(statement.conditions) == 1 and _private_only(statement, _IS_NOT, graph))
            )
        )

    return any_of(document, denies)


def _private_only(statement: Statement, operators: Sequence[str], graph: Graph) -> bool:
    conditions = [condition for key in _KEYS for condition in statement.condition(key)]
    return any_of(
        [condition for condition in conditions if condition.operator in operators],
        lambda condition: all_of(condition.values, lambda value: only_private(value, graph)),
    )
