from gtctl.audit.keys import customer_key
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity

RULE = Rule(
    id="GT217",
    title="Trails are encrypted with a customer managed key",
    severity=Severity.MEDIUM,
    resource_types=("aws_cloudtrail",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "The trail is the evidence of who launched which job and who read which image. Under a key of your own, those "
        "who run the jobs need not be able to read it."
    ),
    remediation="Set kms_key_id to the ARN of your own key; its policy must let CloudTrail use it.",
    references=(
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html",
    ),
    hipaa=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("AU-9(3)", "CP-9d", "SC-8(3)", "SC-8(4)", "SC-13a", "SC-28(1)", "SI-19(4)"),
    cis=("3.5",),
    aws_config=("CLOUD_TRAIL_ENCRYPTION_ENABLED",),
    example_hcl="""\
resource "aws_kms_key" "logs" {
  description         = "Logs"
  enable_key_rotation = true
}

resource "aws_cloudtrail" "this" {
  name                       = "labeling-trail"
  s3_bucket_name             = aws_s3_bucket.logs.id
  kms_key_id                 = aws_kms_key.logs.arn
  is_multi_region_trail      = true
  enable_log_file_validation = true
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    return customer_key(resource, "kms_key_id", graph)
