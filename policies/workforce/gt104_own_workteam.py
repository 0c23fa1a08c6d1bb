from fnmatch import fnmatchcase
from typing import Any

from gtctl.audit.principals import account_of, own_account
from gtctl.audit.rule import (
    Graph,
    Resource,
    Result,
    Rule,
    Severity,
    Undecided,
    Unknown,
    any_of,
    failed,
    may_equal,
    passed,
    shown,
)
from gtctl.audit.workteams import workteam
from gtctl.ground_truth import WorkteamKind

RULE = Rule(
    id="GT104",
    title="The workteam is one of the own account, and an allowed one",
    severity=Severity.CRITICAL,
    resource_types=("aws_sagemaker_labeling_job", "aws_sagemaker_flow_definition"),
    sources=("hcl", "plan", "job", "code", "live"),
    rationale=(
        "A private workteam is somebody's private workteam: one of another account is trained, supervised and "
        "dismissed by others. Within the account, a team that is cleared for one kind of image is not cleared for all."
    ),
    remediation=(
        "Name a workteam of the account that runs the job. List the teams that may see images as allowed_workteams in "
        "gtctl.toml, and your account ids as own_accounts."
    ),
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-private.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-security-workforce-authentication.html",
    ),
    hipaa=("164.308(a)(3)(ii)(A)", "164.308(a)(4)(i)", "164.308(a)(4)(ii)(B)"),
    nist=("AC-3", "AC-4", "AC-20", "PS-7"),
    example_hcl="""\
data "aws_caller_identity" "this" {}

locals {
  workteams = "arn:aws:sagemaker:eu-west-1:${data.aws_caller_identity.this.account_id}:workteam/private-crowd"
}

resource "aws_sagemaker_flow_definition" "review" {
  flow_definition_name = "review"
  role_arn             = aws_iam_role.execution.arn

  human_loop_config {
    human_task_ui_arn = aws_sagemaker_human_task_ui.review.arn
    task_count        = 3
    task_title        = "Review the findings"
    task_description  = "Compare the boxes with the image"
    workteam_arn      = "${local.workteams}/radiology"
  }

  output_config {
    s3_output_path = "s3://${aws_s3_bucket.labels.bucket}/review/"
    kms_key_id     = aws_kms_key.labels.arn
  }
}
""",
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "RoleArn": "arn:aws:iam::111122223333:role/labeling",
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
  }
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    block = "human_task_config" if resource.type == "aws_sagemaker_labeling_job" else "human_loop_config"
    path = f"{block}.workteam_arn"
    value = resource.peek(path)
    team = None if value is None else workteam(value, graph)
    if team is None or team.kind is not WorkteamKind.PRIVATE:
        return None  # GT101 and GT102 speak of other kinds.
    allowed = graph.settings.allowed_workteams
    if allowed and not any_of(allowed, lambda pattern: _fits(value, pattern, graph)):
        return failed(path, value, f"one of {', '.join(allowed)}")
    if team.ours or _runs_in_its_account(value, resource, graph):
        return passed(shown(value), path)
    return failed(path, f"{shown(value)}, which is in another account", "a workteam of the account that runs the job")


def _fits(value: Any, pattern: str, graph: Graph) -> bool:
    if not isinstance(value, Unknown):
        return fnmatchcase(str(value), pattern)
    if ours := graph.target(value, "aws_sagemaker_workteam"):
        # Its Region and account are those that the code is applied in.
        return fnmatchcase(str(ours.get("workteam_name")), pattern.rpartition("/")[2])
    # Segment by segment: an open Region fits a pattern for any Region.
    segments = "".join(part if isinstance(part, str) else "\0" for part in value.parts).split(":")
    wanted = pattern.split(":")
    pairs = list(zip(segments, wanted, strict=False))
    if len(segments) != len(wanted) or any("\0" not in seen and not fnmatchcase(seen, want) for seen, want in pairs):
        return False
    if any("\0" in seen and want != "*" and not _fits_open(seen, want) for seen, want in pairs):
        value.undecided()
    return True


def _fits_open(seen: str, want: str) -> bool:
    """Whether text with holes fits whatever they hold: workteam/private-crowd/? fits workteam/private-crowd/*."""
    return want.endswith("*") and "*" not in want[:-1] and seen.partition("\0")[0].startswith(want[:-1])


def _runs_in_its_account(workteam_arn: Any, job: Resource, graph: Graph) -> bool:
    """A role can be passed within its account only, so the role's account is the one that the job runs in."""
    account = account_of(workteam_arn)
    try:
        role_account = account_of(job.peek("role_arn"))
    except Undecided:
        role_account = None  # a reference, or a variable
    same = may_equal(role_account, account) if isinstance(role_account, Unknown) or role_account else None
    return own_account(account, graph) if same is None else same
