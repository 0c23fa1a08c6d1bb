import re

from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT606",
    title="The label attribute has a name that the service takes",
    severity=Severity.MEDIUM,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "The labels stand under this name in every line of the output, beside the image. source and source-ref name "
        "the data itself, and names that end in -metadata, or for images in -ref, are read as something else: the "
        "job fails, or its output says something that nobody meant."
    ),
    remediation=(
        "Choose a name of letters, digits and inner hyphens, such as bounding-boxes, that is not source and does not "
        "end in -metadata or -ref."
    ),
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateLabelingJob.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html",
    ),
    hipaa=("164.312(c)(1)",),
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "LabelAttributeName": "bounding-boxes",
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
  }
}
""",
)

_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?")
_PRE = "human_task_config.pre_human_task_lambda_arn"


def check(resource: Resource, graph: Graph) -> Result | None:
    path = "label_attribute_name"
    if resource.get(path) is None:
        return None
    name = str(resource.get(path))
    if not _NAME.fullmatch(name) or len(name) > 127:
        return failed(path, name, "1 to 127 letters, digits and inner hyphens")
    if name in ("source", "source-ref") or name.endswith("-metadata"):
        return failed(path, name, "a name that is not taken: not source, source-ref, or one that ends in -metadata")
    # Tasks on video frames need the ending that boxes on images must not have.
    if name.endswith("-ref") and str(resource.get(_PRE) or "").endswith("BoundingBox"):
        return failed(path, name, "a name that does not end in -ref")
    return passed(name, path)
