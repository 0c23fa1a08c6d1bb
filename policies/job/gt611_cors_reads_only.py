from typing import Any

from gtctl.audit.jobs import as_list, member
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed, shown, worst

RULE = Rule(
    id="GT611",
    title="No page of a stranger may write to a bucket (CORS)",
    severity=Severity.MEDIUM,
    resource_types=("aws_s3_bucket_cors_configuration",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "The worker's page has to read images from everywhere, so its CORS rule names every origin. With PUT, POST or "
        "DELETE in the same rule, any page that a worker has open can send what it likes to the bucket with a link "
        "that the worker holds."
    ),
    remediation="Allow GET (and HEAD) from *; write from your own origins only, in a rule of its own.",
    references=(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-cors-update.html",
    ),
    hipaa=("164.312(a)(1)", "164.312(c)(1)"),
    nist=("AC-3", "AC-4"),
    example_hcl="""\
resource "aws_s3_bucket_cors_configuration" "scans" {
  bucket = aws_s3_bucket.scans.id

  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
    expose_headers  = ["Access-Control-Allow-Origin"]
  }
}
""",
)

_EVERYBODY = ("*", "http://*", "https://*")


def check(resource: Resource, graph: Graph) -> Result | None:
    return worst(resource.blocks("cors_rule"), _judge)


def _judge(rule: Any) -> Result | None:
    methods = as_list(member(rule, "allowed_methods"))
    writes = any_of(methods, lambda method: method not in ("GET", "HEAD"))
    if writes and any_of(as_list(member(rule, "allowed_origins")), lambda origin: origin in _EVERYBODY):
        return failed(
            "cors_rule.allowed_methods", methods, "GET and HEAD from everywhere, others from your own origins"
        )
    return passed(shown(methods), "cors_rule")
