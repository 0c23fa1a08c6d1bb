from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, Unknown, failed, passed
from gtctl.audit.worker_templates import hosts, skips_escaping

RULE = Rule(
    id="GT608",
    title="The worker's page loads nothing from other hosts",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_human_task_ui",),
    sources=("hcl", "plan", "data"),
    rationale=(
        "What the worker's page loads runs beside the image, or learns from the request that somebody looks at it "
        "now. A script from a host of others can send the image away; that host needs no permission in your account."
    ),
    remediation=(
        "Load https://assets.crowd.aws/crowd-html-elements.js only; put styles and scripts into the template, and "
        "images into your own bucket, shown through grant_read_access."
    ),
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-bounding-box.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step2.html",
    ),
    hipaa=("164.312(a)(1)", "164.312(e)(1)"),
    nist=("AC-4", "SC-7"),
    example_hcl="""\
resource "aws_sagemaker_human_task_ui" "boxes" {
  human_task_ui_name = "boxes"

  ui_template {
    content = <<-EOT
      <script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
      <crowd-form>
        <crowd-bounding-box
          name="boundingBox"
          src="{{ task.input.taskObject | grant_read_access }}"
          labels="{{ task.input.labels | to_json | escape }}"
          header="Draw a box around each nodule"
        >
          <full-instructions header="Nodules">One box for each nodule.</full-instructions>
          <short-instructions>One box for each nodule.</short-instructions>
        </crowd-bounding-box>
      </crowd-form>
    EOT
  }
}
""",
)

_PATH = "ui_template.content"
_OWN = {"assets.crowd.aws"}


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.peek(_PATH)
    if value is None:
        return None
    # What is known of a text with holes is enough to fail; to pass, all of it must be known.
    parts = value.parts if isinstance(value, Unknown) else (str(value),)
    text = "".join(part if isinstance(part, str) else " " for part in parts)
    if strange := sorted(hosts(text) - _OWN):
        return failed(_PATH, ", ".join(strange), "assets.crowd.aws only")
    if skips_escaping(text):
        return failed(_PATH, "skip_autoescape", "text that is escaped")
    if isinstance(value, Unknown):
        value.undecided()
    return passed("assets.crowd.aws only", _PATH)
