from typing import Any

from gtctl.audit.jobs import arn_fields
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed, shown, worst
from gtctl.ground_truth import BUILT_IN_LAMBDA_ACCOUNTS

RULE = Rule(
    id="GT604",
    title="Built-in functions are those of their Region's account",
    severity=Severity.MEDIUM,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "The PRE- and ACS- functions of the built-in tasks are owned by one AWS account in each Region, and every "
        "task object passes through them. The account of another Region makes the job fail; an account that is "
        "nobody's you know would get to see where each image lies and what was drawn on it."
    ),
    remediation="Take the account that the CreateLabelingJob reference gives for the Region of the job.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HumanTaskConfig.html",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AnnotationConsolidationConfig.html",
    ),
    hipaa=("164.312(a)(1)", "164.308(a)(4)(i)"),
    nist=("AC-3", "AC-4", "SA-9"),
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

_PATHS = (
    "human_task_config.pre_human_task_lambda_arn",
    "human_task_config.annotation_consolidation_config.annotation_consolidation_lambda_arn",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    return worst(_PATHS, lambda path: _judge(resource.peek(path), path, graph))


def _judge(value: Any, path: str, graph: Graph) -> Result | None:
    if value is None or graph.target(value, "aws_lambda_function"):
        return None
    fields = arn_fields(value)
    if fields is None:
        return failed(path, value, "the ARN of a function")
    name, region, account = fields["resource"].removeprefix("function:"), fields["region"], fields["account"]
    built_in = name.startswith(("PRE-", "ACS-"))
    if not built_in and not (isinstance(account, str) and account in BUILT_IN_LAMBDA_ACCOUNTS.values()):
        return None  # a function of one's own
    if region not in BUILT_IN_LAMBDA_ACCOUNTS:
        return failed(path, value, f"a Region that has built-in tasks: {', '.join(BUILT_IN_LAMBDA_ACCOUNTS)}")
    if account != BUILT_IN_LAMBDA_ACCOUNTS[region] or not built_in:
        return failed(path, value, f"arn:aws:lambda:{region}:{BUILT_IN_LAMBDA_ACCOUNTS[region]}:function:{name}")
    return passed(shown(value), path)
