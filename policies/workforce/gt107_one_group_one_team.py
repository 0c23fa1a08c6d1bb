from typing import Any

from gtctl.audit.rule import (
    Graph,
    Resource,
    Result,
    Rule,
    Severity,
    any_of,
    elsewhere,
    failed,
    may_equal,
    passed,
    shown,
    worst,
)

RULE = Rule(
    id="GT107",
    title="No two workteams share a group of workers",
    severity=Severity.MEDIUM,
    resource_types=("aws_sagemaker_workteam",),
    sources=("hcl", "plan", "live"),
    rationale=(
        "A workteam is the list of who may see which images. Where two teams name one group, whoever is cleared for "
        "the images of one sees those of the other as well, and taking somebody off one team takes them off both."
    ),
    remediation="Give each workteam a group of its own.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management-private-cognito.html",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MemberDefinition.html",
    ),
    hipaa=("164.308(a)(3)(ii)(A)", "164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)"),
    nist=("AC-2", "AC-3"),
    example_hcl="""\
resource "aws_cognito_user_group" "radiology" {
  name         = "radiology"
  user_pool_id = aws_cognito_user_pool.this.id
}

resource "aws_sagemaker_workteam" "radiology" {
  workteam_name  = "radiology"
  workforce_name = aws_sagemaker_workforce.this.id
  description    = "Radiologists of the hospital"

  member_definition {
    cognito_member_definition {
      client_id  = aws_cognito_user_pool_client.this.id
      user_pool  = aws_cognito_user_pool.this.id
      user_group = aws_cognito_user_group.radiology.name
    }
  }
}
""",
)

_COGNITO = "member_definition.cognito_member_definition"
_OIDC = "member_definition.oidc_member_definition.groups"


def check(resource: Resource, graph: Graph) -> Result | None:
    others = [
        team for team in graph.of_type(*RULE.resource_types) if team is not resource and not elsewhere(team, resource)
    ]
    path = f"{_COGNITO}.user_group"

    def judge(entry: tuple[Any]) -> Result:
        group = entry[0]
        shared = [team for team in others if any_of(_groups(team), lambda other: _same(group, other[0], graph))]
        if shared:
            return failed(path, f"{shown(group)}, which {shared[0].address} names too", "a group of its own")
        return passed(shown(group), path)

    return worst(_groups(resource), judge)


def _groups(team: Resource) -> list[tuple[Any]]:
    # In tuples, so that the group of a block that may not be there is compared as an unknown one.
    return [(group,) for group in (*team.blocks(f"{_COGNITO}.user_group"), *team.blocks(_OIDC))]


def _same(group: Any, other: Any, graph: Graph) -> bool:
    equal = may_equal(group, other)
    if equal is None:
        # Groups that Terraform makes have different names, else the second could not be made in the same pool.
        ours = [graph.target(value, "aws_cognito_user_group") for value in (group, other)]
        if ours[0] and ours[1]:
            return ours[0] is ours[1]
        (group if not isinstance(group, str) else other).undecided()
    return bool(equal)
