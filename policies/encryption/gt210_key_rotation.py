from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT210",
    title="Customer managed keys are rotated every year",
    severity=Severity.MEDIUM,
    resource_types=("aws_kms_key",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Key material that is never changed protects everything that was ever encrypted with it. Rotation bounds "
        "that, and costs nothing in use: KMS keeps the old material for what was encrypted before."
    ),
    remediation="Set enable_key_rotation to true, with a rotation_period_in_days of at most 365.",
    references=("https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",),
    hipaa=("164.312(a)(2)(iv)",),
    nist=("CM-6a", "CM-9b", "SA-9(6)", "SC-12", "SC-12(2)", "SC-12(6)"),
    cis=("3.6",),
    aws_config=("CMK_BACKING_KEY_ROTATION_ENABLED",),
    example_hcl="""\
resource "aws_kms_key" "scans" {
  description             = "Scans"
  enable_key_rotation     = true
  rotation_period_in_days = 365
}
""",
)

_LONGEST_DAYS = 365


def check(resource: Resource, graph: Graph) -> Result | None:
    # KMS rotates symmetric encryption keys of its own making only.
    if resource.get("customer_master_key_spec") not in (None, "", "SYMMETRIC_DEFAULT"):
        return None
    if resource.get("key_usage") not in (None, "", "ENCRYPT_DECRYPT") or resource.get("custom_key_store_id"):
        return None
    if resource.get("is_enabled") in (False, "false"):
        return None  # KMS rotates none that is out of service, of which GT212 speaks.
    enabled = resource.get("enable_key_rotation")
    if enabled not in (True, "true"):
        return failed("enable_key_rotation", enabled, "true")
    days = resource.get("rotation_period_in_days")
    if days and int(days) > _LONGEST_DAYS:
        return failed("rotation_period_in_days", days, f"at most {_LONGEST_DAYS}")
    return passed("enable_key_rotation is true", "enable_key_rotation")
