from typing import Any

from gtctl.audit.iam import Condition, Statement, statements
from gtctl.audit.principals import account_of, openness, own_account
from gtctl.audit.rule import (
    Graph,
    Resource,
    Result,
    Rule,
    Severity,
    Verdict,
    all_of,
    any_of,
    failed,
    is_set,
    passed,
    unknown,
)

RULE = Rule(
    id="GT108",
    title="On the workteam's topic Ground Truth publishes for this account, and nobody else's",
    severity=Severity.MEDIUM,
    resource_types=("aws_sagemaker_workteam",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Without a topic policy Ground Truth can't publish and workers never hear of their work. One that does not say "
        "for which account it publishes, or that lets others publish or subscribe, lets strangers send workers a "
        "message with a link that looks like yours, or read what jobs there are."
    ),
    remediation=(
        "Give the topic a policy that lets sagemaker.amazonaws.com publish, with conditions on aws:SourceAccount and "
        "aws:SourceArn, and lets nobody outside the account in."
    ),
    references=("https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management-private-sns.html",),
    hipaa=("164.308(a)(4)(i)", "164.312(a)(1)"),
    nist=("AC-3", "AC-4"),
    example_hcl="""\
data "aws_caller_identity" "this" {}

resource "aws_sns_topic" "work" {
  name              = "labeling-work"
  kms_master_key_id = aws_kms_key.logs.arn
}

data "aws_iam_policy_document" "work" {
  statement {
    sid       = "GroundTruthPublishes"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.work.arn]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "work" {
  arn    = aws_sns_topic.work.arn
  policy = data.aws_iam_policy_document.work.json
}

resource "aws_sagemaker_workteam" "radiology" {
  workteam_name  = "radiology"
  workforce_name = aws_sagemaker_workforce.this.id
  description    = "Radiologists of the hospital"

  member_definition {
    cognito_member_definition {
      client_id  = aws_cognito_user_pool_client.this.id
      user_pool  = aws_cognito_user_pool.this.id
      user_group = aws_cognito_user_group.radiology.name
    }
  }

  notification_configuration {
    notification_topic_arn = aws_sns_topic.work.arn
  }
}
""",
)

_PATH = "notification_configuration.notification_topic_arn"
_SERVICE = "sagemaker.amazonaws.com"
_CALLER = ("aws:SourceAccount", "aws:SourceArn")
_IS = ("stringequals", "stringlike", "arnequals", "arnlike")


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.peek(_PATH)
    if not is_set(value):
        return None
    topic = graph.target(value, "aws_sns_topic")
    if topic is None:
        return unknown("the topic is made elsewhere", _PATH)
    holders = graph.related(topic, "aws_sns_topic_policy", "arn") or [topic]
    values = [holder.peek("policy") for holder in holders]
    document = [statement for each in values if is_set(each) for statement in statements(each)]
    publishes = [
        statement
        for statement in document
        if statement.allows and statement.covers("sns:Publish") and _serves(statement)
    ]
    if not publishes:
        return failed(_PATH, f"{topic.address} does not let {_SERVICE} publish", f"sns:Publish for {_SERVICE}")
    if not all_of(publishes, lambda statement: _for_us(statement, graph)):
        return failed(
            _PATH, f"{topic.address}: {_SERVICE} publishes for other accounts, too", f"a condition on {_CALLER[0]}"
        )
    strangers = openness(document, "sns:Subscribe", graph, _PATH)
    return strangers if strangers.verdict is not Verdict.PASS else passed(topic.address, _PATH)


def _serves(statement: Statement) -> bool:
    return any_of(statement.principals, lambda principal: principal[0] == "Service" and principal[1] == _SERVICE)


def _for_us(statement: Statement, graph: Graph) -> bool:
    conditions = [condition for key in _CALLER for condition in statement.condition(key) if condition.operator in _IS]
    return any_of(conditions, lambda condition: all_of(condition.values, lambda value: _ours(condition, value, graph)))


def _ours(condition: Condition, value: Any, graph: Graph) -> bool:
    account = value if condition.key == "aws:sourceaccount" else account_of(value)
    return account is not None and own_account(account, graph)
