from gtctl.audit.iam import statements
from gtctl.audit.principals import openness
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, is_set, passed

RULE = Rule(
    id="GT211",
    title="Keys may be used by the own account only",
    severity=Severity.CRITICAL,
    resource_types=("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key", "aws_kms_key_policy"),
    sources=("hcl", "plan", "live"),
    rationale=(
        "The key's policy is the last word on who can read the images, above every bucket policy and role. One that "
        "lets in everybody, or another account, gives that word away."
    ),
    remediation=(
        "Name principals of your own account in the key's policy. Where the principal must be * (a role that does "
        "not exist yet), add conditions on aws:PrincipalArn or kms:CallerAccount."
    ),
    references=("https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",),
    hipaa=("164.308(a)(4)(i)", "164.312(a)(1)", "164.312(a)(2)(iv)"),
    nist=("AC-3", "AC-6", "SC-12"),
    example_hcl="""\
data "aws_caller_identity" "this" {}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "AdministerByIamPolicies"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.this.account_id}:root"]
    }
  }

  statement {
    sid       = "LabelingExecutionRole"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:CallerAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = ["arn:aws:iam::${data.aws_caller_identity.this.account_id}:role/labeling-execution"]
    }
  }
}

resource "aws_kms_key" "scans" {
  description         = "Scans"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.peek("policy")
    if not is_set(value):
        return passed("the default policy: the own account", "policy")
    return openness(statements(value), "kms:Decrypt", graph, "policy")
