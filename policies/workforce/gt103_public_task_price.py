from typing import Any

from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, Unknown, any_of, failed, passed

RULE = Rule(
    id="GT103",
    title="No price for the public workforce is set",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_labeling_job", "aws_sagemaker_flow_definition"),
    sources=("hcl", "plan", "job", "code", "live"),
    rationale=(
        "Only the public workforce (Amazon Mechanical Turk) is paid by the task, so the price tells for whom the job "
        "was made: it would go to the public with one other ARN."
    ),
    remediation="Remove PublicWorkforceTaskPrice (public_workforce_task_price): a private workforce needs none.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_PublicWorkforceTaskPrice.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management-public.html",
    ),
    hipaa=("164.308(a)(3)(i)", "164.308(b)(1)"),
    nist=("AC-3", "AC-20"),
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
""",
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology",
    "NumberOfHumanWorkersPerDataObject": 3
  }
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    block = "human_task_config" if resource.type == "aws_sagemaker_labeling_job" else "human_loop_config"
    path = f"{block}.public_workforce_task_price"
    if any_of(resource.blocks(path), _is_there):
        return failed(path, resource.blocks(path)[0], "no price")
    return passed("no price", path)


def _is_there(block: Any) -> bool:
    # A dynamic block may come to nothing. An empty one is a price, too.
    if isinstance(block, Unknown):
        block.undecided()
    return True
