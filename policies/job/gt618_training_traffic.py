from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT618",
    title="Training jobs encrypt the traffic between their containers",
    severity=Severity.MEDIUM,
    resource_types=("aws_sagemaker_training_job",),
    sources=("job", "code"),
    rationale=(
        "Instances that train together send each other what they computed from the images. The number of instances is "
        "changed more easily than anybody thinks of this setting, so that it belongs to jobs of one instance, too."
    ),
    remediation="Set EnableInterContainerTrafficEncryption to true.",
    references=("https://docs.aws.amazon.com/sagemaker/latest/dg/train-encrypt.html",),
    hipaa=("164.312(e)(1)", "164.312(e)(2)(ii)"),
    nist=("SC-8", "SC-8(1)"),
    example_job="""\
{
  "TrainingJobName": "chest-ct",
  "AlgorithmSpecification": {"TrainingImage": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/detector:1"},
  "EnableInterContainerTrafficEncryption": true
}
""",
)

_ENCRYPTED = "enable_inter_container_traffic_encryption"


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.get(_ENCRYPTED)
    return passed("encrypted", _ENCRYPTED) if value in (True, "true") else failed(_ENCRYPTED, value, "true")
