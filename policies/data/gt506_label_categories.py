import json

from gtctl.audit.jobs import as_list
from gtctl.audit.model import first_unknown
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed
from gtctl.jobs.rules import label_file_errors

RULE = Rule(
    id="GT506",
    title="Label category files keep the format and the limits of the service",
    severity=Severity.MEDIUM,
    resource_types=("gtctl_label_categories",),
    sources=("job",),
    rationale=(
        "Up to 50 labels, each once, each of up to 256 characters: with a file beyond that the job fails, or the "
        "worker's page shows something else than was meant, and the labels cannot be trusted."
    ),
    remediation="Correct the file; split a job with more than 50 labels by anatomy or finding.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-label-cat-config-attributes.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/input-data-limits.html",
    ),
    hipaa=("164.312(c)(1)",),
    example_job="""\
{"document-version": "2018-11-28", "labels": [{"label": "nodule"}, {"label": "effusion"}]}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    document = {"document-version": resource.get("document-version"), "labels": resource.get("labels")}
    if (unseen := first_unknown(document)) is not None:
        unseen.undecided()
    errors = label_file_errors(json.dumps(document).encode())
    if errors:
        return failed("labels", "; ".join(str(error) for error in errors[:5]), "1 to 50 labels, each once")
    return passed(f"{len(as_list(document['labels']))} labels", "labels")
