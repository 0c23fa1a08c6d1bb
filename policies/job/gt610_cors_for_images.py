from typing import Any

from gtctl.audit.jobs import as_list, bucket_of, member
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, passed, unknown

RULE = Rule(
    id="GT610",
    title="Buckets with images let the worker's page read them (CORS)",
    severity=Severity.MEDIUM,
    resource_types=("aws_s3_bucket",),
    sources=("hcl",),
    rationale=(
        "The worker's page reads images by script. Without a CORS rule on the bucket that hosts them every task of a "
        "job that is created through the API fails, and people work around it with buckets that are too open."
    ),
    remediation="Give the bucket the CORS rule that the Developer Guide asks for.",
    references=("https://docs.aws.amazon.com/sagemaker/latest/dg/sms-cors-update.html",),
    hipaa=("164.312(a)(1)",),
    nist=("AC-4",),
    example_hcl="""\
resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket_cors_configuration" "scans" {
  bucket = aws_s3_bucket.scans.id

  cors_rule {
    allowed_headers = []
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
    expose_headers  = ["Access-Control-Allow-Origin"]
  }
}
""",
)

_JOB = "aws_sagemaker_labeling_job"
_MANIFEST = "input_config.data_source.s3_data_source.manifest_s3_uri"


def check(resource: Resource, graph: Graph) -> Result | None:
    found = graph.related(resource, "aws_s3_bucket_cors_configuration", "bucket")
    rules = [rule for holder in found for rule in holder.blocks("cors_rule")] or resource.blocks("cors_rule")
    if any_of(rules, lambda rule: _has(rule, "allowed_methods", "GET") and _has(rule, "allowed_origins", "*")):
        return passed("GET is allowed from everywhere")
    if not any_of(graph.of_type(_JOB), lambda job: _lies_in(job.peek(_MANIFEST), resource, graph)):
        return None  # it may hold something else: labels, logs
    if any_of(rules, lambda rule: _has(rule, "allowed_methods", "GET")):
        return unknown("that the page works from fewer origins is documented nowhere", "cors_rule")
    return failed("cors_rule", f"{len(rules)} rules, none for GET" if rules else None, "a rule for GET from *")


def _has(rule: Any, name: str, wanted: str) -> bool:
    return any_of(as_list(member(rule, name)), lambda item: bool(item == wanted))


def _lies_in(uri: Any, bucket: Resource, graph: Graph) -> bool:
    return uri is not None and graph.target(bucket_of(uri), "aws_s3_bucket") is bucket
