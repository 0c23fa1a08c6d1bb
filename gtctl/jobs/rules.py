"""The documented rules of a bounding-box job that the service model lacks.

Sources: API reference CreateLabelingJob and its data types; Developer Guide "Bounding box", "Input data quotas",
"Label category configuration file", "Output data". Pure functions on a request in boto3's spelling and on the
label category file.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from gtctl.ground_truth import (
    BUILT_IN_LAMBDA_ACCOUNTS,
    MAX_LABEL_CHARACTERS,
    MAX_LABELS,
    TASK_FUNCTIONS,
    WORKER_PAGE_LABELS,
    built_in_lambda_arn,
)
from gtctl.jobs.findings import Finding, member, quoted

MAX_TIME_LIMIT_SECONDS = 28_800
"""8 hours: the longest that one task on an image may take."""
MAX_AVAILABILITY_SECONDS = 2_592_000
"""30 days: default and, for most accounts, maximum of a private workforce; a job fails after 30 days anyway."""
MAX_CONCURRENT_TASKS_UNASKED = 1_000
"""More objects at a time only after a request to AWS Support."""
LABEL_FILE_VERSION = "2018-11-28"

_REGION = re.compile(r"arn:aws[a-z\-]*:[a-z\-]+:(?P<region>[a-z0-9\-]+):[0-9]{12}:.+")
_REGIONAL_ARNS = (
    "OutputConfig.KmsKeyId",
    "OutputConfig.SnsTopicArn",
    "InputConfig.DataSource.SnsDataSource.SnsTopicArn",
    "LabelingJobAlgorithmsConfig.LabelingJobAlgorithmSpecificationArn",
    "LabelingJobAlgorithmsConfig.LabelingJobResourceConfig.VolumeKmsKeyId",
)
_S3_URIS = (
    "InputConfig.DataSource.S3DataSource.ManifestS3Uri",
    "OutputConfig.S3OutputPath",
    "LabelCategoryConfigS3Uri",
    "HumanTaskConfig.UiConfig.UiTemplateS3Uri",
)
_ALGORITHM = "LabelingJobAlgorithmsConfig.LabelingJobAlgorithmSpecificationArn"
_BOX_ALGORITHM = "arn:aws:sagemaker:{region}:027400017018:labeling-job-algorithm-specification/object-detection"
_PRE = "HumanTaskConfig.PreHumanTaskLambdaArn"
_ACS = "HumanTaskConfig.AnnotationConsolidationConfig.AnnotationConsolidationLambdaArn"


def request_errors(request: Mapping[str, Any]) -> list[Finding]:
    """Every documented rule that ``request`` breaks."""
    return [
        *_label_attribute(request),
        *_parts_of_a_bounding_box_job(request),
        *_s3_uris(request),
        *_time_limits(request),
        *_regions(request),
        *_automated_labeling(request),
    ]


def request_warnings(request: Mapping[str, Any]) -> list[Finding]:
    """What is legal in ``request`` but probably not meant."""
    found = []
    tasks = member(request, "HumanTaskConfig.MaxConcurrentTaskCount")
    if isinstance(tasks, int) and tasks > MAX_CONCURRENT_TASKS_UNASKED:
        found.append(
            Finding(
                "HumanTaskConfig.MaxConcurrentTaskCount",
                f"above {MAX_CONCURRENT_TASKS_UNASKED} only after a request to AWS Support",
            )
        )
    if member(request, "HumanTaskConfig.TaskKeywords") is not None:
        found.append(Finding("HumanTaskConfig.TaskKeywords", "serves the public workforce only; remove it"))
    if member(request, "InputConfig.DataSource.SnsDataSource") is not None:
        message = "makes a streaming job, which runs until it is stopped or has had no object for 10 days"
        found.append(Finding("InputConfig.DataSource.SnsDataSource", message))
    return found


def task_of(request: Mapping[str, Any]) -> str | None:
    """What the job of ``request`` does with boxes (a key of TASK_FUNCTIONS), by its pre-annotation function."""
    arn = member(request, _PRE)
    function = arn.rpartition(":")[2] if isinstance(arn, str) else None
    return next((task for task, name in TASK_FUNCTIONS.items() if function == f"PRE-{name}"), None)


def label_file_errors(content: bytes) -> list[Finding]:
    """Every documented rule that a label category file for bounding boxes breaks; ``content`` is the file's bytes."""
    try:
        document = json.loads(content)
    except ValueError:
        return [Finding("label categories", "are not JSON")]
    found = []
    if member(document, "document-version") != LABEL_FILE_VERSION:
        found.append(Finding("label categories", f"need document-version {LABEL_FILE_VERSION}"))
    labels = _labels(document)
    if labels is None:
        return [*found, Finding("label categories", 'need a list "labels" of objects {"label": NAME}')]
    if not 1 <= len(labels) <= MAX_LABELS:
        found.append(Finding("labels", f"must be 1 to {MAX_LABELS}, there are {len(labels)}"))
    for name, times in Counter(labels).items():
        if times > 1:
            found.append(Finding("labels", f"{quoted(name)} stands there {times} times, labels must be unique"))
        if not 1 <= len(name) <= MAX_LABEL_CHARACTERS:
            found.append(Finding("labels", f"{quoted(name)} must have 1 to {MAX_LABEL_CHARACTERS} characters"))
    return found


def label_file_warnings(content: bytes) -> list[Finding]:
    """What is legal in a label category file but works badly on the worker's page."""
    labels = _labels(json.loads(content)) or []
    if len(labels) <= WORKER_PAGE_LABELS:
        return []
    message = f"there are {len(labels)}; the worker's page is documented for up to {WORKER_PAGE_LABELS}"
    return [Finding("labels", message)]


def region_of(arn: Any) -> str | None:
    """The Region in an ARN; None where there is none."""
    match = _REGION.fullmatch(arn) if isinstance(arn, str) else None
    return match["region"] if match else None


def _labels(document: Any) -> list[str] | None:
    entries = member(document, "labels")
    if not isinstance(entries, list):
        return None
    names = [member(entry, "label") for entry in entries]
    return names if all(isinstance(name, str) for name in names) else None


def _label_attribute(request: Mapping[str, Any]) -> Iterator[Finding]:
    name = member(request, "LabelAttributeName")
    if not isinstance(name, str):
        return
    if name.endswith(("-metadata", "-ref")):
        yield Finding("LabelAttributeName", f"{quoted(name)} must not end in -metadata or -ref")
    elif name == "source":
        yield Finding("LabelAttributeName", "must not be source, which names the data itself")


def _parts_of_a_bounding_box_job(request: Mapping[str, Any]) -> Iterator[Finding]:
    if member(request, "InputConfig.DataSource.S3DataSource") is None:
        yield Finding("InputConfig.DataSource.S3DataSource", "is missing: a job needs an input manifest")
    if member(request, "LabelCategoryConfigS3Uri") is None:
        yield Finding("LabelCategoryConfigS3Uri", "is missing: a bounding-box job needs its labels")
    if member(request, "HumanTaskConfig.UiConfig.UiTemplateS3Uri") is None:
        yield Finding("HumanTaskConfig.UiConfig.UiTemplateS3Uri", "is missing: a bounding-box job needs its template")
    if member(request, "HumanTaskConfig.UiConfig.HumanTaskUiArn") is not None:
        yield Finding("HumanTaskConfig.UiConfig.HumanTaskUiArn", "is not for bounding boxes: use UiTemplateS3Uri")
    region = region_of(member(request, "HumanTaskConfig.WorkteamArn"))
    tasks = set()
    for path, side in ((_PRE, "PRE"), (_ACS, "ACS")):
        given = member(request, path)
        if given is None:
            yield Finding(path, f"is missing: a bounding-box job needs {side}-BoundingBox")
        elif region in BUILT_IN_LAMBDA_ACCOUNTS:
            built_in = {built_in_lambda_arn(region, f"{side}-{task}"): task for task in TASK_FUNCTIONS.values()}
            if isinstance(given, str) and given in built_in:
                tasks.add(built_in[given])
            else:
                expected = next(iter(built_in))
                yield Finding(path, f"{quoted(given)} is no bounding-box function of {region}, such as {expected}")
    if len(tasks) > 1:
        yield Finding(_ACS, f"belongs to another task than {_PRE.rpartition('.')[2]}: {', '.join(sorted(tasks))}")


def _s3_uris(request: Mapping[str, Any]) -> Iterator[Finding]:
    for path in _S3_URIS:
        uri = member(request, path)
        if isinstance(uri, str) and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9](/.*)?", uri):
            yield Finding(path, f"{quoted(uri)} is not an S3 URI: write it as s3://bucket/key")
    template = member(request, "HumanTaskConfig.UiConfig.UiTemplateS3Uri")
    if isinstance(template, str) and not template.endswith((".liquid", ".html")):
        yield Finding("HumanTaskConfig.UiConfig.UiTemplateS3Uri", "must end in .liquid or .html")


def _time_limits(request: Mapping[str, Any]) -> Iterator[Finding]:
    for path, most in (
        ("HumanTaskConfig.TaskTimeLimitInSeconds", MAX_TIME_LIMIT_SECONDS),
        ("HumanTaskConfig.TaskAvailabilityLifetimeInSeconds", MAX_AVAILABILITY_SECONDS),
    ):
        seconds = member(request, path)
        if isinstance(seconds, int) and seconds > most:
            yield Finding(path, f"must be at most {most} seconds")


def _regions(request: Mapping[str, Any]) -> Iterator[Finding]:
    region = region_of(member(request, "HumanTaskConfig.WorkteamArn"))
    if region is None:
        return
    if region not in BUILT_IN_LAMBDA_ACCOUNTS:
        regions = ", ".join(BUILT_IN_LAMBDA_ACCOUNTS)
        yield Finding("HumanTaskConfig.WorkteamArn", f"{region} has no built-in bounding-box task; it is in {regions}")
    for path in _REGIONAL_ARNS:
        other = region_of(member(request, path))
        if other and other != region:
            yield Finding(path, f"lies in {other}, the workteam in {region}: both must be in one Region")


def _automated_labeling(request: Mapping[str, Any]) -> Iterator[Finding]:
    arn, region = member(request, _ALGORITHM), region_of(member(request, "HumanTaskConfig.WorkteamArn"))
    if not isinstance(arn, str) or region is None or region_of(arn) != region:
        return
    if arn != _BOX_ALGORITHM.format(region=region):
        yield Finding(_ALGORITHM, f"{quoted(arn)} is not for boxes: {_BOX_ALGORITHM.format(region=region)}")
