from gtctl.audit.jobs import is_sensitive, whole_number
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT607",
    title="More than one worker looks at each image",
    severity=Severity.LOW,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "With one worker there is nothing to consolidate: the confidence is 0, a slip of one hand becomes ground "
        "truth, and nobody can tell how well people agree. What is used in a clinic needs a second pair of eyes."
    ),
    remediation="Set NumberOfHumanWorkersPerDataObject to 2 or more, or waive this rule for a review of its own.",
    references=("https://docs.aws.amazon.com/sagemaker/latest/dg/sms-annotation-consolidation.html",),
    hipaa=("164.312(c)(1)",),
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology",
    "NumberOfHumanWorkersPerDataObject": 3
  }
}
""",
)

_PATH = "human_task_config.number_of_human_workers_per_data_object"


def check(resource: Resource, graph: Graph) -> Result | None:
    workers = resource.get(_PATH)
    if workers is None or not is_sensitive(resource, graph):
        return None
    if whole_number(workers) < 2:
        return failed(_PATH, workers, "2 or more")
    return passed(f"{workers} workers", _PATH)
