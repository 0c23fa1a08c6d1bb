from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT319",
    title="Identity pools give no credentials to guests",
    severity=Severity.HIGH,
    resource_types=("aws_cognito_identity_pool",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "With unauthenticated identities everybody on the internet gets AWS credentials of the pool's guest role "
        "without signing in. Workers need no identity pool at all: the portal signs what they see."
    ),
    remediation="Set allow_unauthenticated_identities to false, or remove the pool.",
    references=("https://docs.aws.amazon.com/cognito/latest/developerguide/identity-pools.html",),
    hipaa=("164.308(a)(3)(i)", "164.312(a)(2)(i)", "164.312(d)"),
    nist=("AC-3", "IA-2", "IA-8"),
    example_hcl="""\
resource "aws_cognito_identity_pool" "stewards" {
  identity_pool_name               = "data-stewards"
  allow_unauthenticated_identities = false
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    path = "allow_unauthenticated_identities"
    guests = resource.get(path)
    return passed("no guests", path) if guests in (None, False, "false") else failed(path, guests, "false")
