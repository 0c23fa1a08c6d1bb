from gtctl.audit.jobs import as_list, is_sensitive
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed

RULE = Rule(
    id="GT602",
    title="Sensitive images are not declared free of personal information",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "FreeOfPersonallyIdentifiableInformation is the customer's declaration to AWS that there is nothing personal "
        "on the images. It exists for the public workforce; on medical, legal or financial images it is false, and "
        "it stands in the job's record for as long as the job does."
    ),
    remediation="Remove FreeOfPersonallyIdentifiableInformation from InputConfig.DataAttributes.ContentClassifiers.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_LabelingJobDataAttributes.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management-public.html",
    ),
    hipaa=("164.308(a)(1)(ii)(B)", "164.502(b)"),
    nist=("AC-4", "PS-7"),
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "InputConfig": {
    "DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://hospital-scans/chest-ct/input.manifest"}},
    "DataAttributes": {"ContentClassifiers": ["FreeOfAdultContent"]}
  },
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
  }
}
""",
)

_PATH = "input_config.data_attributes.content_classifiers"
_DECLARATION = "FreeOfPersonallyIdentifiableInformation"


def check(resource: Resource, graph: Graph) -> Result | None:
    declared = [item for found in resource.all(_PATH) for item in as_list(found)]
    if not any_of(declared, lambda item: bool(item == _DECLARATION)):
        return passed("no such declaration")
    if not is_sensitive(resource, graph):
        return passed("the images are public")
    return failed(_PATH, _DECLARATION, "no such declaration, or images that the settings call public")
