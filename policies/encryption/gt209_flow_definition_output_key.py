from gtctl.audit.keys import customer_key
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity

RULE = Rule(
    id="GT209",
    title="Flow definitions encrypt their output with a customer managed key",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_flow_definition",),
    sources=("hcl", "plan", "job", "live"),
    rationale=(
        "A human review writes what the reviewers saw and answered to S3. No condition key of IAM tells with which "
        "key, so the flow definition itself is the only place where the right one can be asked for."
    ),
    remediation="Set OutputConfig.KmsKeyId to the ARN of your own key.",
    references=("https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FlowDefinitionOutputConfig.html",),
    hipaa=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("SC-13a", "SC-28(1)"),
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

resource "aws_kms_key" "labels" {
  description         = "Labels"
  enable_key_rotation = true
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    return customer_key(resource, "output_config.kms_key_id", graph)
