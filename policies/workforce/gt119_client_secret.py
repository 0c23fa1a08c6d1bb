from gtctl.audit.cognito import where_workers_sign_in
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT119",
    title="The portal's client proves itself with a secret",
    severity=Severity.MEDIUM,
    resource_types=("aws_cognito_user_pool_client",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Without a secret, whoever intercepts a worker's sign-in code can exchange it for the worker's token. The "
        "worker portal keeps the secret on the service's side."
    ),
    remediation="Set generate_secret to true. That makes a new client, and with it a new workforce: plan for it.",
    references=(
        "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-create-private-cognito.html",
    ),
    hipaa=("164.312(d)",),
    nist=("IA-5",),
    example_hcl="""\
resource "aws_cognito_user_pool_client" "portal" {
  name            = "labeling-portal"
  user_pool_id    = aws_cognito_user_pool.workers.id
  generate_secret = true
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.get("generate_secret")
    if value in (True, "true"):
        return passed("generate_secret is true", "generate_secret")
    return where_workers_sign_in(failed("generate_secret", value, "true"), resource, graph)
