from collections.abc import Iterator, Mapping
from typing import Any

from gtctl.audit.identifiers import kinds
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, Unknown, failed, passed, unknown

RULE = Rule(
    id="GT507",
    title="Names, paths and texts of jobs hold no identifier of a person",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_labeling_job", "aws_sagemaker_flow_definition"),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "The name of a job is part of its ARN, of CloudTrail's records, of log streams and of every path below its "
        "output; its title is read by everybody on the team. None of these is encrypted with a key of yours."
    ),
    remediation="Name jobs after what is labeled, not after whom, and keep patients in a system made for them.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateLabelingJob.html",
        "https://www.hhs.gov/hipaa/for-professionals/special-topics/de-identification/index.html",
    ),
    hipaa=("164.502(b)", "164.514(b)(2)"),
    nist=("SI-19(4)",),
    example_job="""\
{
  "LabelingJobName": "chest-ct-2026-11",
  "LabelAttributeName": "nodules",
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology",
    "TaskTitle": "Chest CT: nodules"
  }
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    unseen: list[Unknown] = []
    for path, text in _texts(resource.attributes, unseen):
        if found := kinds(text):
            # The text itself stays out of the report.
            return failed(path, " and ".join(found), "no identifiers")
    if unseen:
        # What code leaves open is mostly a bucket or a date: no reason to speak of every job.
        return unknown(unseen[0].reason) if graph.complete else None
    return passed("nothing that looks like one")


def _texts(value: Any, unseen: list[Unknown], path: str = "") -> Iterator[tuple[str, str]]:
    """Every text with its path; what is unknown goes to ``unseen``."""
    if isinstance(value, Unknown):
        unseen.append(value)
        yield path, "".join(part if isinstance(part, str) else "\ue000" for part in value.parts)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, unseen, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, unseen, path)
    elif isinstance(value, str):
        yield path, value
