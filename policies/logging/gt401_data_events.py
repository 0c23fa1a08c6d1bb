from gtctl.audit.buckets import where_images_lie
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, Undecided, Verdict, failed, passed, unknown
from gtctl.audit.trails import is_recorded

RULE = Rule(
    id="GT401",
    title="A trail records who reads and writes images and labels",
    severity=Severity.HIGH,
    resource_types=("aws_s3_bucket",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "A worker who looks at an image calls nothing but S3. Only a trail with S3 data events records that, with the "
        "worker's address; the management events that every trail has say nothing of it."
    ),
    remediation=(
        "Give the trail data events of AWS::S3::Object, reads and writes, for the buckets of scans and of labels."
    ),
    references=(
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html",
    ),
    hipaa=("164.312(b)", "164.308(a)(1)(ii)(D)", "164.308(a)(3)(ii)(A)"),
    nist=("AU-2b", "AU-3a", "AU-12a", "AU-12c", "AC-6(9)", "CA-7b"),
    cis=("3.8", "3.9"),
    aws_config=("CLOUDTRAIL_S3_DATAEVENTS_ENABLED",),
    example_hcl="""\
resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_cloudtrail" "this" {
  name                       = "labeling"
  s3_bucket_name             = "hospital-trail"
  is_multi_region_trail      = true
  enable_log_file_validation = true

  advanced_event_selector {
    name = "Management events"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }

  advanced_event_selector {
    name = "Images and labels"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field       = "resources.ARN"
      starts_with = ["${aws_s3_bucket.scans.arn}/"]
    }
  }
}
""",
)


_EXPECTED = "S3 data events of a trail, reads and writes"


def check(resource: Resource, graph: Graph) -> Result | None:
    result = _judge(resource, graph)
    if result.verdict is Verdict.PASS:
        return result
    # Whether a trail is elsewhere matters only where images lie.
    return result if where_images_lie(failed("", "not recorded", _EXPECTED), resource, graph) else None


def _judge(bucket: Resource, graph: Graph) -> Result:
    try:
        missed = [
            name for name, reads in (("reads", True), ("writes", False)) if not is_recorded(bucket, graph, reads=reads)
        ]
    except Undecided as reason:
        return unknown(str(reason), expected=_EXPECTED)
    if missed:
        return failed("", f"no trail records {' and '.join(missed)}", _EXPECTED)
    return passed("reads and writes are recorded")
