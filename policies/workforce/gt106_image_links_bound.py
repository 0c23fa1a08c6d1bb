from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed

RULE = Rule(
    id="GT106",
    title="The address of an image works only from the worker's own network address",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_workteam",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "The worker's page shows images by presigned addresses. Whoever gets hold of one, from a browser's history, a "
        "proxy's log or a chat, can fetch the image without signing in while the address is valid, unless it is bound "
        "to the network address of the worker or to a VPC endpoint."
    ),
    remediation=(
        "Set worker_access_configuration.s3_presign.iam_policy_constraints.source_ip to Enabled, or vpc_source_ip "
        "where workers reach S3 through a VPC endpoint. The portal and S3 must see the worker at the same address."
    ),
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_IamPolicyConstraints.html",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_WorkerAccessConfiguration.html",
    ),
    hipaa=("164.312(a)(1)", "164.312(e)(1)"),
    nist=("AC-17", "SC-7", "SC-7(5)"),
    example_hcl="""\
resource "aws_sagemaker_workteam" "radiology" {
  workteam_name  = "radiology"
  workforce_name = aws_sagemaker_workforce.this.id
  description    = "Radiologists of the hospital"

  member_definition {
    cognito_member_definition {
      client_id  = aws_cognito_user_pool_client.this.id
      user_pool  = aws_cognito_user_pool.this.id
      user_group = aws_cognito_user_group.radiology.name
    }
  }

  worker_access_configuration {
    s3_presign {
      iam_policy_constraints {
        source_ip = "Enabled"
      }
    }
  }
}
""",
)

_BLOCK = "worker_access_configuration.s3_presign.iam_policy_constraints"


def check(resource: Resource, graph: Graph) -> Result | None:
    names = ("source_ip", "vpc_source_ip")
    if any_of(names, lambda name: resource.get(f"{_BLOCK}.{name}") == "Enabled"):
        return passed("bound to the worker's address", _BLOCK)
    observed = ", ".join(
        f"{name} {resource.get(f'{_BLOCK}.{name}')}" for name in names if resource.get(f"{_BLOCK}.{name}")
    )
    return failed(_BLOCK, observed or None, "source_ip or vpc_source_ip Enabled")
