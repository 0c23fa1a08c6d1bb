from typing import Any

from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, is_set, passed

RULE = Rule(
    id="GT314",
    title="No access control list opens a bucket or object to the public",
    severity=Severity.CRITICAL,
    resource_types=(
        "aws_s3_bucket_acl",
        "aws_s3_bucket",
        "aws_s3_object",
        "aws_s3_bucket_object",
        "aws_s3_object_copy",
    ),
    sources=("hcl", "plan", "live"),
    rationale=(
        "public-read shows an image to whoever knows or guesses its address, authenticated-read to everybody with an "
        "AWS account, and no bucket policy has to say so."
    ),
    remediation="Leave ACLs out: set object_ownership to BucketOwnerEnforced and grant by policies.",
    references=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html",),
    hipaa=("164.308(a)(3)(i)", "164.308(a)(4)(ii)(A)", "164.308(a)(4)(ii)(C)", "164.312(a)(1)", "164.312(e)(1)"),
    nist=("AC-2(6)", "AC-3", "AC-3(7)", "AC-4(21)", "AC-6", "MP-2", "SC-7(3)"),
    aws_config=("S3_BUCKET_PUBLIC_READ_PROHIBITED", "S3_BUCKET_PUBLIC_WRITE_PROHIBITED", "S3_BUCKET_ACL_PROHIBITED"),
    example_hcl="""\
resource "aws_s3_bucket_acl" "scans" {
  bucket = aws_s3_bucket.scans.id
  acl    = "private"
}
""",
)

_PUBLIC = ("public-read", "public-read-write", "authenticated-read")
_GROUPS = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)
_GRANTEES = ("access_control_policy.grant.grantee.uri", "grant.uri")


def check(resource: Resource, graph: Graph) -> Result | None:
    grantees = [uri for path in _GRANTEES for uri in resource.all(path)]
    if any_of(grantees, lambda uri: uri in _GROUPS):
        return failed("grant", "a grant to a group that is everybody", "no such grant")
    acl: Any = resource.peek("acl")
    if resource.type == "aws_s3_bucket" and not grantees and not is_set(acl):
        return None
    acl = resource.get("acl")
    return failed("acl", acl, "private") if acl in _PUBLIC else passed(acl or "no public grant", "acl")
