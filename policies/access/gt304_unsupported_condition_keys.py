from typing import Any

from gtctl.audit.iam import Statement, matches
from gtctl.audit.identity_policies import RIGHTS, document
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed, worst

RULE = Rule(
    id="GT304",
    title="Conditions on labeling jobs use condition keys that exist for them",
    severity=Severity.MEDIUM,
    resource_types=RIGHTS,
    sources=("hcl", "plan", "live"),
    rationale=(
        "CreateLabelingJob carries no sagemaker:VpcSubnets and no other key of training jobs. A Deny that compares "
        "one has no effect on labeling jobs, or stops all of them, while the policy reads as if it kept them in the "
        "network."
    ),
    remediation=(
        "Compare sagemaker:WorkteamArn, WorkteamType, OutputKmsKeyArn and VolumeKmsKeyArn; check the network of the "
        "workforce and of automated labeling in the jobs themselves."
    ),
    references=("https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html",),
    hipaa=("164.312(a)(1)",),
    nist=("AC-3", "AC-4"),
    example_hcl="""\
resource "aws_iam_policy" "guardrail" {
  name = "private-workteams-only"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Action    = "sagemaker:CreateLabelingJob"
      Resource  = "*"
      Condition = { StringNotEquals = { "sagemaker:WorkteamType" = "private-crowd" } }
    }]
  })
}
""",
)

# "Actions, resources, and condition keys for Amazon SageMaker", CreateLabelingJob; the last two are deprecated (GT302).
_SUPPORTED = {
    "sagemaker:workteamarn",
    "sagemaker:workteamtype",
    "sagemaker:outputkmskeyarn",
    "sagemaker:volumekmskeyarn",
    "sagemaker:outputkmskey",
    "sagemaker:volumekmskey",
}


def check(resource: Resource, graph: Graph) -> Result | None:
    return worst(document(resource), _judge)


def _means_labeling(action: Any) -> bool:
    return matches(action, "sagemaker:CreateLabelingJob") and not matches(action, "sagemaker:CreateTrainingJob")


def _judge(statement: Statement) -> Result | None:
    # A statement on sagemaker:Create* may mean training jobs with such a condition.
    if not any_of(statement.actions, _means_labeling):
        return None
    keys = [condition.key for condition in statement.conditions]
    if "" in keys:
        statement.condition("")[0].values[0].undecided()
    own = [key for key in keys if key.startswith("sagemaker:") and not key.startswith("sagemaker:resourcetag/")]
    if wrong := [key for key in own if key not in _SUPPORTED]:
        return failed("policy", f"{wrong[0]} is compared for sagemaker:CreateLabelingJob", "a key that it carries")
    return passed(", ".join(own), "policy") if own else None
