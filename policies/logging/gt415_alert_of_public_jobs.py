from typing import Any

from gtctl.audit.iam import structure
from gtctl.audit.rule import (
    Graph,
    Resource,
    Result,
    Rule,
    Severity,
    Unknown,
    any_of,
    elsewhere,
    failed,
    passed,
    unknown,
)

RULE = Rule(
    id="GT415",
    title="An alert is raised when a job starts that is not for private workers",
    severity=Severity.LOW,
    resource_types=("aws_sagemaker_workforce",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "A policy that should have refused a job for the public may have been changed. EventBridge sees the call "
        "within a minute, and a mail then is worth more than an audit in spring."
    ),
    remediation=(
        "Add an EventBridge rule for CreateLabelingJob and CreateFlowDefinition (AWS API Call via CloudTrail) whose "
        "workteam is none of yours, with a topic as its target."
    ),
    references=(
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/logging-using-cloudtrail.html",
    ),
    hipaa=("164.308(a)(6)(ii)", "164.308(a)(1)(ii)(D)"),
    nist=("AU-6(3)", "SI-4(2)", "CA-7b"),
    example_hcl="""\
locals {
  private_teams = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/"
}

resource "aws_cloudwatch_event_rule" "not_private" {
  name = "labeling-job-not-private"
  event_pattern = jsonencode({
    source      = ["aws.sagemaker"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      eventName = ["CreateLabelingJob"]
      requestParameters = {
        humanTaskConfig = {
          workteamArn = [{ "anything-but" = { prefix = local.private_teams } }]
        }
      }
    }
  })
}

resource "aws_cloudwatch_event_target" "not_private" {
  rule = aws_cloudwatch_event_rule.not_private.name
  arn  = aws_sns_topic.alerts.arn
}

resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  cognito_config {
    client_id = aws_cognito_user_pool_client.this.id
    user_pool = aws_cognito_user_pool.this.id
  }

  source_ip_config {
    cidrs = ["198.51.100.0/24"]
  }
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    # Events come to the bus of their own Region.
    rules = [rule for rule in graph.of_type("aws_cloudwatch_event_rule") if not elsewhere(rule, resource)]
    if any_of(rules, lambda rule: _alerts(rule) and bool(graph.related(rule, "aws_cloudwatch_event_target", "rule"))):
        return passed("a rule watches the start of jobs")
    if not rules and not graph.complete and not graph.of_type("aws_cloudtrail"):
        return unknown("this code has no trail and no event rules: they may be elsewhere")
    return failed("", "no rule with a target watches CreateLabelingJob", "an EventBridge rule with a target")


def _alerts(rule: Resource) -> bool:
    if rule.get("state") == "DISABLED" or rule.get("is_enabled") in (False, "false"):
        return False
    pattern = structure(rule.peek("event_pattern"))
    detail = pattern.get("detail") if isinstance(pattern, dict) else pattern
    if isinstance(detail, Unknown):
        detail.undecided()
    if not isinstance(detail, dict):
        return False
    names = detail.get("eventName")
    if not isinstance(names, list) or not any_of(names, lambda name: name == "CreateLabelingJob"):
        return False
    # Every start, or those that the workteam tells; not those that were refused.
    return not detail.keys() - {"eventName", "eventSource"} or _asks_for_workteam(detail)


def _asks_for_workteam(value: Any) -> bool:
    if isinstance(value, Unknown):
        value.undecided()
    if isinstance(value, dict):
        return "workteamArn" in value or any_of(list(value.values()), _asks_for_workteam)
    return isinstance(value, list) and any_of(value, _asks_for_workteam)
