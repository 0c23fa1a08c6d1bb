from gtctl.audit.keys import customer_key
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, is_set

RULE = Rule(
    id="GT208",
    title="Automated labeling encrypts its volumes with a customer managed key",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "Automated data labeling copies images to the disks of training and inference instances. Without a key of "
        "your own those disks are encrypted with none that you control."
    ),
    remediation=(
        "Set LabelingJobAlgorithmsConfig.LabelingJobResourceConfig.VolumeKmsKeyId to the ARN of your own key, or "
        "leave automated labeling out."
    ),
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_LabelingJobResourceConfig.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-security-kms-permissions.html",
    ),
    hipaa=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("SC-13a", "SC-28(1)"),
    example_hcl="""\
resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name    = "chest-ct"
  label_attribute_name = "boxes"
  role_arn             = aws_iam_role.execution.arn

  labeling_job_algorithms_config {
    labeling_job_algorithm_specification_arn = local.object_detection

    labeling_job_resource_config {
      volume_kms_key_id = aws_kms_key.labels.arn
    }
  }
}

locals {
  object_detection = "arn:aws:sagemaker:eu-west-1:027400017018:labeling-job-algorithm-specification/object-detection"
}

resource "aws_kms_key" "labels" {
  description         = "Labels"
  enable_key_rotation = true
}
""",
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "LabelingJobAlgorithmsConfig": {
    "LabelingJobAlgorithmSpecificationArn":
      "arn:aws:sagemaker:eu-west-1:027400017018:labeling-job-algorithm-specification/object-detection",
    "LabelingJobResourceConfig": {
      "VolumeKmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    }
  },
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
  }
}
""",
)

_BLOCK = "labeling_job_algorithms_config"


def check(resource: Resource, graph: Graph) -> Result | None:
    if not is_set(resource.peek(f"{_BLOCK}.labeling_job_algorithm_specification_arn")):
        return None
    return customer_key(resource, f"{_BLOCK}.labeling_job_resource_config.volume_kms_key_id", graph)
