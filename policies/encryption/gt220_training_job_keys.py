from gtctl.audit.keys import customer_key
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, worst

RULE = Rule(
    id="GT220",
    title="Training jobs encrypt their disks and their models with a customer managed key",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_training_job",),
    sources=("job", "code"),
    rationale=(
        "A training job reads the labeled images, keeps parts of them on the disks of its instances, and leaves a "
        "model that may have learned them by heart. Without keys of your own neither can be closed to others."
    ),
    remediation=(
        "Set ResourceConfig.VolumeKmsKeyId and OutputDataConfig.KmsKeyId to the ARN of your own key; instance types "
        "with local disks take no key for them: choose one without."
    ),
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputDataConfig.html",
    ),
    hipaa=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("SC-13a", "SC-28(1)"),
    example_job="""\
{
  "TrainingJobName": "chest-ct",
  "AlgorithmSpecification": {"TrainingImage": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/detector:1"},
  "OutputDataConfig": {
    "S3OutputPath": "s3://hospital-labels/models/",
    "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  },
  "ResourceConfig": {
    "InstanceType": "ml.p3.2xlarge",
    "VolumeKmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }
}
""",
)

_PATHS = ("resource_config.volume_kms_key_id", "output_data_config.kms_key_id")


def check(resource: Resource, graph: Graph) -> Result | None:
    return worst(_PATHS, lambda path: customer_key(resource, path, graph))
