from gtctl.audit.keys import customer_key
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, is_set, passed

RULE = Rule(
    id="GT218",
    title="Objects that Terraform writes keep to the bucket's key or a customer managed one",
    severity=Severity.MEDIUM,
    resource_types=("aws_s3_object", "aws_s3_bucket_object", "aws_s3_object_copy"),
    sources=("hcl", "plan"),
    rationale=(
        "Manifests, worker templates and label lists are often written by Terraform. One that asks for AES256, or for "
        "the AWS managed key, lies outside your own key, whatever the bucket's default is."
    ),
    remediation="Leave server_side_encryption out, or set it to aws:kms with your own key as kms_key_id.",
    references=("https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html",),
    hipaa=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("SC-13a", "SC-28(1)"),
    example_hcl="""\
resource "aws_kms_key" "labels" {
  description         = "Labels"
  enable_key_rotation = true
}

resource "aws_s3_object" "labels" {
  bucket                 = aws_s3_bucket.labels.id
  key                    = "config/label-categories.json"
  content                = jsonencode({ labels = [{ label = "nodule" }] })
  server_side_encryption = "aws:kms"
  kms_key_id             = aws_kms_key.labels.arn
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    if is_set(resource.peek("customer_key")):
        return failed("customer_key", "a key that stands in the code (SSE-C)", "a KMS key")
    algorithm = resource.get("server_side_encryption")
    if algorithm == "AES256":
        return failed("server_side_encryption", algorithm, "aws:kms with your own key, or nothing")
    # aws:kms without a key is not the bucket's default: S3 takes its AWS managed key.
    if algorithm or is_set(resource.peek("kms_key_id")):
        return customer_key(resource, "kms_key_id", graph)
    return passed("the bucket's default", "server_side_encryption")
