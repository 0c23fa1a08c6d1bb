import re

from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT612",
    title="Jobs have names that the service takes",
    severity=Severity.LOW,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "The name is part of the job's ARN, of every path in its output and of each worker's record, which is where "
        "an audit finds it again. Underscores, dots and blanks are refused when the job is created, and only then."
    ),
    remediation="Use 1 to 63 letters, digits and inner hyphens, and each name once, whatever its case.",
    references=("https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateLabelingJob.html",),
    hipaa=("164.312(b)",),
    example_job="""\
{
  "LabelingJobName": "chest-ct-2026-11",
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
  }
}
""",
)

_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?")


def check(resource: Resource, graph: Graph) -> Result | None:
    path = "labeling_job_name"
    if resource.get(path) is None:
        return None
    name = str(resource.get(path))
    if not _NAME.fullmatch(name) or len(name) > 63:
        return failed(path, name, "1 to 63 letters, digits and inner hyphens")
    return passed(name, path)
