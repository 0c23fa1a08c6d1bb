"""What differs between a job to be launched and one that is there: request, labels and page, as a diff for people."""

from __future__ import annotations

import difflib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gtctl import aws
from gtctl.errors import BadInput
from gtctl.jobs import follow
from gtctl.jobs.findings import member
from gtctl.jobs.render import LABELS_FILE, TEMPLATE_FILE, Rendered
from gtctl.jobs.rules import region_of
from gtctl.jobs.tags import own_tags

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

REQUEST_MEMBERS = (
    "LabelingJobName",
    "LabelAttributeName",
    "InputConfig",
    "OutputConfig",
    "RoleArn",
    "LabelCategoryConfigS3Uri",
    "StoppingConditions",
    "LabelingJobAlgorithmsConfig",
    "HumanTaskConfig",
    "Tags",
)
"""What DescribeLabelingJob gives back of the request of CreateLabelingJob."""


def difference(rendered: Rendered, name: str) -> str:
    """How ``rendered`` differs from the labeling job ``name`` in its Region, as a unified diff; "" where it does not.

    Left out are the digest of the launch and, where a file is the same, its place. Raises BadInput where there is no
    such job, or where a file to compare is gone, and botocore's errors.
    """
    region = region_of(member(rendered.request, "HumanTaskConfig.WorkteamArn"))
    sagemaker: SageMakerClient = aws.client("sagemaker", region)
    running = follow.find(sagemaker, name)
    if running is None:
        raise BadInput(f"there is no labeling job {name} in {sagemaker.meta.region_name}; see: gtctl job list")
    s3: S3Client = aws.client("s3", region)
    parts, same_files = [], []
    for title, pointer, content in (
        (LABELS_FILE, ("LabelCategoryConfigS3Uri",), rendered.label_categories),
        (TEMPLATE_FILE, ("HumanTaskConfig", "UiConfig", "UiTemplateS3Uri"), rendered.worker_template),
    ):
        theirs, ours = (member(request, ".".join(pointer)) for request in (running, rendered.request))
        if theirs == ours or not isinstance(theirs, str) or not isinstance(ours, str):
            continue
        found = _diff(title, _text(s3, theirs), _text(s3, ours) if content is None else content.decode(), name)
        parts.append(found)
        if not found:
            same_files.append(pointer)
    request = _diff("job.json", _comparable(running, same_files), _comparable(rendered.request, same_files), name)
    return "".join([request, *parts])


def _comparable(request: Mapping[str, Any], without: Sequence[Sequence[str]]) -> str:
    """The request as text, whatever the order of its members and tags."""
    made: dict[str, Any] = json.loads(json.dumps({key: request[key] for key in REQUEST_MEMBERS if key in request}))
    made["Tags"] = sorted(own_tags(made), key=lambda tag: tag["Key"])
    for *above, last in without:
        place = made
        for step in above:
            place = place[step]
        del place[last]
    return json.dumps(made, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _diff(title: str, theirs: str, ours: str, name: str) -> str:
    lines = difflib.unified_diff(
        theirs.splitlines(), ours.splitlines(), f"{name}/{title}", f"this spec/{title}", lineterm=""
    )
    return "".join(f"{_printable(line)}\n" for line in lines)


def _text(s3: S3Client, uri: str) -> str:
    place = aws.parse_s3_uri(uri)
    try:
        body: bytes = s3.get_object(Bucket=place.bucket, Key=place.key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            raise BadInput(f"{uri}, a file of the job, is gone: what it held cannot be compared") from error
        raise
    return body.decode("utf-8", errors="replace")


def _printable(line: str) -> str:
    """Without what a terminal would obey: the file of a job may be anybody's."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) == "Cc" and c != "\t" else c for c in line)
