from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, is_set, passed
from gtctl.audit.trails import receives_access_logs, receives_trail

RULE = Rule(
    id="GT413",
    title="A trail's files cannot be deleted before their time",
    severity=Severity.LOW,
    resource_types=("aws_s3_bucket",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Whoever gets an administrator's rights deletes the trail first, versions and all. Object Lock refuses that to "
        "everybody, MFA delete to whoever has no device of the account's root."
    ),
    remediation=(
        "Give the trail's bucket aws_s3_bucket_object_lock_configuration with a default retention, or MFA delete."
    ),
    references=(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html",
    ),
    hipaa=("164.312(c)(1)", "164.316(b)(2)(i)"),
    nist=("AU-9(2)", "AU-9a", "AU-11"),
    cis=("2.1.2",),
    aws_config=("S3_BUCKET_DEFAULT_LOCK_ENABLED",),
    example_hcl="""\
resource "aws_s3_bucket" "trail" {
  bucket              = "hospital-trail"
  object_lock_enabled = true
}

resource "aws_s3_bucket_object_lock_configuration" "trail" {
  bucket = aws_s3_bucket.trail.id

  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = 2192
    }
  }
}

resource "aws_cloudtrail" "this" {
  name                       = "labeling"
  s3_bucket_name             = aws_s3_bucket.trail.id
  is_multi_region_trail      = true
  enable_log_file_validation = true
}
""",
)

_MFA_DELETE = "versioning_configuration.mfa_delete"


def check(resource: Resource, graph: Graph) -> Result | None:
    # A bucket that takes access logs as well may have no default retention (GT412).
    if not receives_trail(resource, graph) or receives_access_logs(resource, graph):
        return None
    locks = graph.related(resource, "aws_s3_bucket_object_lock_configuration", "bucket")
    versions = graph.related(resource, "aws_s3_bucket_versioning", "bucket")
    if (
        any_of(locks, lambda lock: is_set(lock.peek("rule.default_retention")))
        or is_set(resource.peek("object_lock_configuration.rule.default_retention"))
        or any_of(versions, lambda setting: setting.get(_MFA_DELETE) == "Enabled")
    ):
        return passed("the trail's files are locked", "object_lock")
    return failed("object_lock", None, "Object Lock with a default retention, or MFA delete")
