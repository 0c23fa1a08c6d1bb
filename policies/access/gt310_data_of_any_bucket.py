import re

from gtctl.audit.iam import Statement
from gtctl.audit.identity_policies import IDENTITY, document, is_any, where_it_grants
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, all_of, any_of, failed, passed, worst

RULE = Rule(
    id="GT310",
    title="Rights to read and write objects name their buckets",
    severity=Severity.HIGH,
    resource_types=IDENTITY,
    sources=("hcl", "plan", "live"),
    rationale=(
        "s3:GetObject on * opens every image of the account, today's and those of buckets that don't exist yet, to "
        "whoever holds the policy and to every job that runs with it."
    ),
    remediation="Name the buckets in the resources: the ARN of each, with /* or the prefix that is needed.",
    references=("https://docs.aws.amazon.com/sagemaker/latest/dg/sms-security-permission-execution-role.html",),
    hipaa=("164.308(a)(4)(ii)(B)", "164.312(a)(1)", "164.502(b)"),
    nist=("AC-3", "AC-6"),
    example_hcl="""\
data "aws_iam_policy_document" "execution" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.scans.arn}/images/*"]
  }
}

resource "aws_iam_policy" "execution" {
  name   = "labeling-execution"
  policy = data.aws_iam_policy_document.execution.json
}
""",
)

_DATA = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
_ANY_BUCKET = re.compile(r"\*|arn:[^:]*:(s3|\*):[^:]*:[^:]*:\*.*")


def check(resource: Resource, graph: Graph) -> Result | None:
    return where_it_grants(worst(document(resource), _judge), resource, graph)


def _judge(statement: Statement) -> Result | None:
    def data() -> bool:
        return statement.allows and any_of(_DATA, statement.covers)

    def any_bucket() -> bool:
        return bool(statement.not_resources) or any_of(statement.resources, lambda each: is_any(each, _ANY_BUCKET))

    # One of them that surely does not hold is enough, whatever is unknown about the other.
    if not all_of([data, any_bucket], lambda test: bool(test())):
        return passed("no objects, or those of named buckets", "policy")
    name = f"statement {statement.sid}" if statement.sid else "a statement"
    return failed("policy", f"{name} allows the objects of any bucket", "the buckets' ARNs")
