from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, is_set, passed, unknown

RULE = Rule(
    id="GT617",
    title="Training jobs are cut off from the network",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_training_job",),
    sources=("job", "code"),
    rationale=(
        "The code in a training image sees every labeled image. With network isolation its container cannot send any "
        "of them anywhere, whatever the image holds; in a VPC of your own the data comes over your endpoints, and not "
        "over the internet."
    ),
    remediation="Set EnableNetworkIsolation to true, and VpcConfig to private subnets with an endpoint for S3.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html",
    ),
    hipaa=("164.312(a)(1)", "164.312(e)(1)"),
    nist=("AC-4(21)", "SC-7a"),
    example_job="""\
{
  "TrainingJobName": "chest-ct",
  "AlgorithmSpecification": {"TrainingImage": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/detector:1"},
  "EnableNetworkIsolation": true,
  "VpcConfig": {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789abcdef0"]}
}
""",
)

_ISOLATED = "enable_network_isolation"
_SUBNETS = "vpc_config.subnets"


def check(resource: Resource, graph: Graph) -> Result | None:
    if resource.get(_ISOLATED) not in (True, "true"):
        return failed(_ISOLATED, resource.get(_ISOLATED), "true")
    if resource.peek(_SUBNETS) is None:
        return failed(_SUBNETS, None, "subnets of your own VPC")
    if not is_set(resource.peek(_SUBNETS)):
        return unknown("which subnets is not known", _SUBNETS)
    return passed("isolated, in a VPC", _ISOLATED)
