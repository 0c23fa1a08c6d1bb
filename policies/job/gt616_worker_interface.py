from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, is_set, passed

RULE = Rule(
    id="GT616",
    title="A job names exactly one worker's page",
    severity=Severity.LOW,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "Boxes on images are drawn on a page from your own template; pages of AWS are for point clouds, video and "
        "text. A job with both, or with none, is refused; and which page people saw is part of how labels came about."
    ),
    remediation="Set UiConfig.UiTemplateS3Uri, or for the other tasks UiConfig.HumanTaskUiArn, not both.",
    references=("https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UiConfig.html",),
    hipaa=("164.312(c)(1)",),
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology",
    "UiConfig": {"UiTemplateS3Uri": "s3://hospital-labels/config/template.liquid"}
  }
}
""",
)

_UI = "human_task_config.ui_config"


def check(resource: Resource, graph: Graph) -> Result | None:
    if resource.peek(_UI) is None:
        return None
    template = is_set(resource.peek(f"{_UI}.ui_template_s3_uri"))
    page = is_set(resource.peek(f"{_UI}.human_task_ui_arn"))
    if template and page:
        return failed(_UI, "a template and a page of AWS", "one of them")
    if not template and not page:
        return failed(_UI, None, "ui_template_s3_uri")
    return passed("one page", _UI)
