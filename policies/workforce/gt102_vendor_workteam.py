from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed, shown
from gtctl.audit.workteams import workteam
from gtctl.ground_truth import WorkteamKind

RULE = Rule(
    id="GT102",
    title="Images are not shown to a vendor's workforce",
    severity=Severity.CRITICAL,
    resource_types=("aws_sagemaker_labeling_job", "aws_sagemaker_flow_definition"),
    sources=("hcl", "plan", "job", "code", "live"),
    rationale=(
        "A vendor's people are strangers to you, and no business associate agreement with AWS covers them: vendor "
        "workforces are left out of the services that are eligible under HIPAA, and AWS says not to share protected "
        "health information with them."
    ),
    remediation="Name a private workteam of your own account: .../workteam/private-crowd/NAME.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management-vendor.html",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html",
    ),
    hipaa=("164.308(a)(3)(i)", "164.308(b)(1)", "164.314(a)", "164.312(a)(1)"),
    nist=("AC-3", "AC-4", "AC-20", "PS-7", "SA-9"),
    example_hcl="""\
resource "aws_sagemaker_flow_definition" "review" {
  flow_definition_name = "review"
  role_arn             = aws_iam_role.execution.arn

  human_loop_config {
    human_task_ui_arn = aws_sagemaker_human_task_ui.review.arn
    task_count        = 3
    task_title        = "Review the findings"
    task_description  = "Compare the boxes with the image"
    workteam_arn      = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
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
    if value is None:
        return None  # GT101 asks for a workteam.
    match workteam(value, graph).kind:
        case WorkteamKind.VENDOR:
            return failed(path, value, "a private workteam: .../workteam/private-crowd/NAME")
        case WorkteamKind.PRIVATE:
            return passed(shown(value), path)
    return None  # GT101 speaks of public teams, and of text that proves no kind.
