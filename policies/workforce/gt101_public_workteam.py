from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed, shown, unknown
from gtctl.audit.workteams import workteam
from gtctl.ground_truth import WorkteamKind

RULE = Rule(
    id="GT101",
    title="Images are not shown to the public workforce",
    severity=Severity.CRITICAL,
    resource_types=("aws_sagemaker_labeling_job", "aws_sagemaker_flow_definition"),
    sources=("hcl", "plan", "job", "code", "live"),
    rationale=(
        "Everybody who signs up with Amazon Mechanical Turk belongs to the public workforce. AWS tells its customers "
        "not to share confidential or personal information or protected health information with it, and leaves it "
        "out of the services that are eligible under HIPAA."
    ),
    remediation="Name a private workteam of your own account: .../workteam/private-crowd/NAME.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management-public.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-security-workforce-authentication.html",
    ),
    hipaa=("164.308(a)(3)(i)", "164.308(b)(1)", "164.312(a)(1)"),
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
    workteam_arn      = aws_sagemaker_workteam.radiology.arn
  }

  output_config {
    s3_output_path = "s3://${aws_s3_bucket.labels.bucket}/review/"
    kms_key_id     = aws_kms_key.labels.arn
  }
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
        return unknown("no workteam is named", path)
    kind = workteam(value, graph).kind
    if kind is WorkteamKind.PUBLIC:
        return failed(path, value, "a private workteam: .../workteam/private-crowd/NAME")
    if kind is WorkteamKind.UNKNOWN:
        return unknown(f"{shown(value)} proves no kind of workteam", path)
    return passed(shown(value), path)
