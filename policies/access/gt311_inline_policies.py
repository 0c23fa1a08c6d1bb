from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, any_of, failed, is_set, passed

RULE = Rule(
    id="GT311",
    title="Roles, users and groups have no inline policies",
    severity=Severity.LOW,
    resource_types=(
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_user_policy",
        "aws_iam_group_policy",
    ),
    sources=("hcl", "plan", "live"),
    rationale=(
        "An inline policy has no versions, appears in no list of policies and is easily missed in a review of who "
        "may read the images. AWS's conformance pack for HIPAA flags each of them."
    ),
    remediation="Make it an aws_iam_policy and attach that.",
    references=("https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",),
    hipaa=("164.308(a)(4)(ii)(C)", "164.312(a)(1)"),
    nist=("AC-3", "AC-6"),
    aws_config=("IAM_NO_INLINE_POLICY_CHECK",),
    example_hcl="""\
resource "aws_iam_role" "execution" {
  name               = "labeling-execution"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_policy" "execution" {
  name   = "labeling-execution"
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = aws_iam_policy.execution.arn
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    if resource.type != "aws_iam_role":
        return failed("policy", "an inline policy", "a managed policy and its attachment")
    # An empty block says that the role has none.
    if any_of(resource.all("inline_policy.policy"), is_set):
        return failed("inline_policy", "an inline policy", "a managed policy and its attachment")
    return passed("no inline policy", "inline_policy")
