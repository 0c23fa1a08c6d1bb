from gtctl.audit.cognito import where_workers_sign_in
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT114",
    title="The workers' pool is protected against deletion",
    severity=Severity.LOW,
    resource_types=("aws_cognito_user_pool",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Labels name their worker by an id that only the pool can turn into a person. With the pool goes the record of "
        "who looked at and labeled what; it can't be restored."
    ),
    remediation="Set deletion_protection to ACTIVE.",
    references=(
        "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-deletion-protection.html",
    ),
    hipaa=("164.312(c)(1)", "164.312(a)(2)(i)", "164.316(b)(2)(i)"),
    nist=("AU-10", "AU-11", "CP-9a"),
    example_hcl="""\
resource "aws_cognito_user_pool" "workers" {
  name                = "labeling-workers"
  mfa_configuration   = "ON"
  deletion_protection = "ACTIVE"
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    protection = resource.get("deletion_protection")
    if protection == "ACTIVE":
        return passed("deletion_protection is ACTIVE", "deletion_protection")
    return where_workers_sign_in(failed("deletion_protection", protection, "ACTIVE"), resource, graph)
