from gtctl.audit.jobs import is_sensitive
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, is_set, passed

RULE = Rule(
    id="GT603",
    title="Sensitive images are labeled by people, not by automated data labeling",
    severity=Severity.MEDIUM,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "Automated data labeling trains a model on the images and runs it on the rest, on machines that the service "
        "manages: more copies of sensitive images, a model that has learned from them, and labels that no clinician "
        "has seen."
    ),
    remediation="Leave LabelingJobAlgorithmsConfig out.",
    references=("https://docs.aws.amazon.com/sagemaker/latest/dg/sms-automated-labeling.html",),
    hipaa=("164.502(b)", "164.312(a)(1)"),
    nist=("AC-4",),
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "InputConfig": {
    "DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://hospital-scans/chest-ct/input.manifest"}}
  },
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
  }
}
""",
)

_PATH = "labeling_job_algorithms_config"


def check(resource: Resource, graph: Graph) -> Result | None:
    if not is_set(resource.peek(_PATH)):
        return passed("no automated labeling")
    if not is_sensitive(resource, graph):
        return passed("the images are public")
    algorithm = resource.peek(f"{_PATH}.labeling_job_algorithm_specification_arn")
    return failed(_PATH, algorithm or "automated labeling", "no automated labeling, or images that are public")
