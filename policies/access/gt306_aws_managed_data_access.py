from typing import Any

from gtctl.audit.identity_policies import ATTACHMENTS, attached, aws_managed_name
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed, worst

RULE = Rule(
    id="GT306",
    title="Nobody reads images by an AWS-managed policy that opens every bucket",
    severity=Severity.MEDIUM,
    resource_types=ATTACHMENTS,
    sources=("hcl", "plan", "live"),
    rationale=(
        "AmazonSageMakerGroundTruthExecution opens every bucket with SageMaker or GroundTruth in its name, and every "
        "object with a tag that says so; the policies for S3 and ReadOnlyAccess open all of them. A job with such a "
        "role reads images that it was never meant for."
    ),
    remediation="Attach a policy of your own that names the buckets with the job's images and labels.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-security-permission-execution-role.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-ground-truth.html",
    ),
    hipaa=("164.308(a)(4)(ii)(B)", "164.312(a)(1)", "164.502(b)"),
    nist=("AC-3", "AC-6"),
    example_hcl="""\
resource "aws_iam_policy" "execution" {
  name   = "labeling-execution"
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = aws_iam_policy.execution.arn
}
""",
)

_OPENS = {
    "AmazonS3FullAccess": "all buckets",
    "AmazonS3ReadOnlyAccess": "all buckets",
    "AmazonSageMakerFullAccess": "all buckets with SageMaker in their names",
    "AmazonSageMakerGroundTruthExecution": "all buckets with SageMaker or GroundTruth in their names",
    "ReadOnlyAccess": "all buckets",
}


def check(resource: Resource, graph: Graph) -> Result | None:
    return worst(attached(resource), lambda arn: _judge(arn, graph))


def _judge(arn: Any, graph: Graph) -> Result | None:
    name = aws_managed_name(arn, graph)
    if name in _OPENS:
        return failed("policy_arn", f"{name} opens {_OPENS[name]}", "a policy of your own that names the buckets")
    return passed(name or "a policy of the own account", "policy_arn")
