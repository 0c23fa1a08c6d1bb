from typing import Any

from gtctl.audit.jobs import arn_fields
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT605",
    title="Both built-in functions of a job belong to the same task",
    severity=Severity.MEDIUM,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "The function before a task and the one that consolidates the answers must speak of the same task. "
        "Consolidating boxes as if they were something else loses what the annotators drew, after all the images "
        "have been looked at."
    ),
    remediation="Name the PRE- and the ACS- function of the same task: PRE-BoundingBox and ACS-BoundingBox.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HumanTaskConfig.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-annotation-consolidation.html",
    ),
    hipaa=("164.312(c)(1)",),
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology",
    "PreHumanTaskLambdaArn": "arn:aws:lambda:eu-west-1:568282634449:function:PRE-BoundingBox",
    "AnnotationConsolidationConfig": {
      "AnnotationConsolidationLambdaArn": "arn:aws:lambda:eu-west-1:568282634449:function:ACS-BoundingBox"
    }
  }
}
""",
)

_PRE = "human_task_config.pre_human_task_lambda_arn"
_ACS = "human_task_config.annotation_consolidation_config.annotation_consolidation_lambda_arn"


def check(resource: Resource, graph: Graph) -> Result | None:
    before, after = (_task(resource.peek(path), graph) for path in (_PRE, _ACS))
    if before is None and after is None:
        return None
    if before and after and before != after:
        return failed(_ACS, f"PRE-{before} with ACS-{after}", f"ACS-{before}")
    if (before is None and resource.peek(_PRE) is None) or (after is None and resource.peek(_ACS) is None):
        missing = f"ACS-{before}" if before else f"PRE-{after}"
        return failed(_ACS if before else _PRE, None, missing)
    return passed(f"PRE-{before or 'own'}, ACS-{after or 'own'}")


def _task(value: Any, graph: Graph) -> str | None:
    """The task of a built-in function; None for another function, or none."""
    if value is None or graph.target(value, "aws_lambda_function"):
        return None
    fields = arn_fields(value)
    name = fields["resource"].removeprefix("function:") if fields else ""
    return name[4:] if name.startswith(("PRE-", "ACS-")) else None
