from typing import Any

from gtctl.audit.identity_policies import ATTACHMENTS, attached, aws_managed_name
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed, unknown, worst

RULE = Rule(
    id="GT305",
    title="Nobody launches labeling jobs by an AWS-managed policy that allows any workteam",
    severity=Severity.HIGH,
    resource_types=ATTACHMENTS,
    sources=("hcl", "plan", "live"),
    rationale=(
        "AmazonSageMakerFullAccess and the administrators' policies allow labeling jobs with the public and with "
        "vendors' workforces. AWS can add rights to its policies at any time, and nobody can add a condition."
    ),
    remediation="Attach a policy of your own that allows the launch with a condition on the workteam.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-security-workforce-authentication.html",
    ),
    hipaa=("164.308(a)(4)(i)", "164.308(b)(1)", "164.312(a)(1)"),
    nist=("AC-3", "AC-4", "AC-6", "AC-20"),
    aws_config=("IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS",),
    example_hcl="""\
resource "aws_iam_policy" "launch" {
  name   = "launch-labeling-jobs"
  policy = data.aws_iam_policy_document.launch.json
}

resource "aws_iam_role_policy_attachment" "launch" {
  role       = aws_iam_role.launcher.name
  policy_arn = aws_iam_policy.launch.arn
}
""",
)

_ANY_WORKTEAM = {"AdministratorAccess", "AmazonSageMakerFullAccess", "DataScientist", "PowerUserAccess"}
_NO_LAUNCH = {"AmazonSageMakerGroundTruthExecution", "AmazonSageMakerReadOnly"}


def check(resource: Resource, graph: Graph) -> Result | None:
    return worst(attached(resource), lambda arn: _judge(arn, graph))


def _judge(arn: Any, graph: Graph) -> Result | None:
    name = aws_managed_name(arn, graph)
    if name in _ANY_WORKTEAM:
        return failed("policy_arn", f"{name} allows labeling jobs with any workteam", "a policy of your own")
    if "SageMaker" in name and name not in _NO_LAUNCH:
        return unknown(f"what the AWS-managed policy {name} allows is not known", "policy_arn")
    return passed(name or "a policy of the own account", "policy_arn")
