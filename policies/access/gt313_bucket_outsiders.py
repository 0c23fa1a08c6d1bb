from gtctl.audit.iam import statements
from gtctl.audit.principals import openness
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, is_set

RULE = Rule(
    id="GT313",
    title="Bucket policies let in nobody outside the account",
    severity=Severity.CRITICAL,
    resource_types=("aws_s3_bucket_policy", "aws_s3_bucket"),
    sources=("hcl", "plan", "live"),
    rationale=(
        "A bucket policy that lets in everybody, or another account, shows the images to people whom your roles and "
        "reviews know nothing of. An address (aws:SourceIp) is no identity: whoever is behind it gets in."
    ),
    remediation=(
        "Name principals of your own account. Where the principal must be *, add a condition on aws:PrincipalAccount, "
        "aws:PrincipalOrgID, aws:SourceVpce or aws:SourceAccount."
    ),
    references=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",),
    hipaa=(
        "164.308(a)(3)(i)",
        "164.308(a)(3)(ii)(A)",
        "164.308(a)(3)(ii)(B)",
        "164.308(a)(4)(i)",
        "164.308(a)(4)(ii)(A)",
        "164.308(a)(4)(ii)(B)",
        "164.308(a)(4)(ii)(C)",
        "164.312(a)(1)",
    ),
    nist=("AC-2(6)", "AC-3", "AC-3(7)", "AC-4(21)", "AC-6", "MP-2", "SC-7(3)"),
    aws_config=("S3_BUCKET_PUBLIC_READ_PROHIBITED", "S3_BUCKET_PUBLIC_WRITE_PROHIBITED"),
    example_hcl="""\
data "aws_caller_identity" "this" {}

resource "aws_s3_bucket_policy" "scans" {
  bucket = aws_s3_bucket.scans.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:role/labeling-execution" }
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.scans.arn}/*"
    }]
  })
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.peek("policy")
    if resource.type == "aws_s3_bucket" and not is_set(value):
        return None
    return openness(statements(value), "s3:GetObject", graph, "policy")
