from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed, shown, unknown
from gtctl.audit.workteams import workteam
from gtctl.ground_truth import WorkteamKind

RULE = Rule(
    id="GT601",
    title="Code and settings name no public or vendor workteam",
    severity=Severity.HIGH,
    resource_types=("gtctl_workteam_reference",),
    sources=("hcl", "plan", "job", "code"),
    rationale=(
        "A script, a settings file, a notebook or a function's environment that holds the ARN of a public or vendor "
        "workteam is one variable away from a job that shows images to strangers, even where no job can be seen that "
        "uses it."
    ),
    remediation="Remove the ARN; name a private workteam of your own account: .../workteam/private-crowd/NAME.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management-public.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management-vendor.html",
    ),
    hipaa=("164.308(a)(3)(i)", "164.308(b)(1)"),
    nist=("AC-3", "AC-4", "PS-7", "SA-9"),
    example_hcl="""\
resource "aws_ssm_parameter" "team" {
  name  = "/labeling/team"
  type  = "String"
  value = aws_sagemaker_workteam.radiology.arn
}

resource "aws_ssm_parameter" "night_shift" {
  name  = "/labeling/night-shift"
  type  = "String"
  value = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/night-shift"
}
""",
    example_job="""\
{
  "region": "eu-west-1",
  "workteam_arn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
}
""",
)

_STRANGERS = {WorkteamKind.PUBLIC: "the public workforce", WorkteamKind.VENDOR: "a vendor's people"}


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.peek("workteam_arn")
    kind = workteam(value, graph).kind
    if kind in _STRANGERS:
        return failed("workteam_arn", f"{shown(value)}: {_STRANGERS[kind]}", "no workteam, or a private one")
    if kind is WorkteamKind.UNKNOWN:
        return unknown(f"{shown(value)} proves no kind of workteam", "workteam_arn")
    return passed(shown(value), "workteam_arn")
