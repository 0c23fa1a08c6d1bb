from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT212",
    title="Keys are in service and can't be lost in a hurry",
    severity=Severity.MEDIUM,
    resource_types=("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key", "aws_kms_replica_external_key"),
    sources=("hcl", "plan", "live"),
    rationale=(
        "What a disabled key encrypted can't be read, and a running job fails; what a deleted key encrypted is lost "
        "for good. The waiting period is the time in which somebody can notice and cancel."
    ),
    remediation="Leave the key enabled, and set deletion_window_in_days to 30, or to 14 at the least.",
    references=("https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",),
    hipaa=("164.308(a)(7)(ii)(A)", "164.310(d)(2)(i)"),
    nist=("CP-9d", "SC-12"),
    aws_config=("KMS_CMK_NOT_SCHEDULED_FOR_DELETION",),
    example_hcl="""\
resource "aws_kms_key" "scans" {
  description             = "Scans"
  deletion_window_in_days = 30
  enable_key_rotation     = true
}
""",
)

_SHORTEST_DAYS = 14


def check(resource: Resource, graph: Graph) -> Result | None:
    # The provider's name for it is is_enabled on a key of KMS's own making, enabled on the others.
    for name in ("is_enabled", "enabled"):
        if resource.get(name) in (False, "false"):
            return failed(name, False, "true")
    days = resource.get("deletion_window_in_days")
    if days and int(days) < _SHORTEST_DAYS:
        return failed("deletion_window_in_days", days, f"at least {_SHORTEST_DAYS}, best 30")
    return passed(f"enabled, deleted after {days or 30} days at the earliest", "deletion_window_in_days")
