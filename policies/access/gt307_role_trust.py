from gtctl.audit.iam import statements
from gtctl.audit.principals import openness
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity

RULE = Rule(
    id="GT307",
    title="Roles are assumed by AWS services and the own account only",
    severity=Severity.CRITICAL,
    resource_types=("aws_iam_role",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "Whoever can assume a role has all that it may do: read the images, launch a job with them. A trust policy "
        "that lets in everybody, or another account without a condition, hands that to people you don't know."
    ),
    remediation=(
        "Name the service or roles of your own account as principals. For another account demand sts:ExternalId or "
        "aws:PrincipalOrgID, for a federated identity provider its subject (...:sub)."
    ),
    references=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    ),
    hipaa=("164.308(a)(3)(i)", "164.308(a)(4)(i)", "164.312(a)(1)"),
    nist=("AC-3", "AC-6", "IA-2", "IA-8"),
    example_hcl="""\
resource "aws_iam_role" "execution" {
  name               = "labeling-execution"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_caller_identity" "this" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }
  }
}
""",
)

# What makes a stranger known: an agreed id, the subject at an identity provider, a SAML application, an identity pool.
_KNOWN = ("sts:externalid", ":sub", "saml:aud", "cognito-identity.amazonaws.com:aud")


def check(resource: Resource, graph: Graph) -> Result | None:
    path = "assume_role_policy"
    return openness(statements(resource.peek(path)), "sts:AssumeRole", graph, path, *_KNOWN)
