"""From a job spec to what the service takes: the CreateLabelingJob request and the two files it points to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from gtctl.aws import S3Location, parse_s3_uri
from gtctl.errors import BadInput
from gtctl.ground_truth import BUILT_IN_LAMBDA_ACCOUNTS, TASK_FUNCTIONS, built_in_lambda_arn
from gtctl.jobs.findings import member
from gtctl.jobs.refusals import CLASSIFICATION_TAG
from gtctl.jobs.rules import LABEL_FILE_VERSION, region_of
from gtctl.jobs.spec import JobSpec
from gtctl.jobs.worker_template import worker_page

DIGEST_TAG = "gtctl:launch-digest"
LABELS_FILE = "label-categories.json"
TEMPLATE_FILE = "template.liquid"
IMAGES_FOLDER = "images"
_CONFIG_FOLDER = "gtctl-config"

SPEC_FIELDS = {
    "LabelingJobName": "name",
    "LabelAttributeName": "output.label_attribute",
    "InputConfig.DataSource.S3DataSource.ManifestS3Uri": "input.manifest",
    "OutputConfig.S3OutputPath": "output.path",
    "OutputConfig.KmsKeyId": "output.kms_key_arn",
    "RoleArn": "role_arn",
    "HumanTaskConfig.WorkteamArn": "workers.workteam_arn",
    "HumanTaskConfig.TaskTitle": "task.title",
    "HumanTaskConfig.TaskDescription": "task.description",
    "HumanTaskConfig.NumberOfHumanWorkersPerDataObject": "workers.per_object",
    "HumanTaskConfig.TaskTimeLimitInSeconds": "workers.time_limit",
    "HumanTaskConfig.TaskAvailabilityLifetimeInSeconds": "workers.availability",
    "HumanTaskConfig.MaxConcurrentTaskCount": "workers.max_concurrent_tasks",
}
"""Where in the spec a member of the request comes from."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A job that is ready to be checked and launched."""

    request: dict[str, Any]
    """The CreateLabelingJob request in boto3's spelling."""
    label_categories: bytes | None
    """The label category file; None where it lies in S3 already."""
    worker_template: bytes | None
    """The Liquid template of the worker's page; None where it lies in S3 already."""
    images: dict[str, bytes] = field(default_factory=dict)
    """Example images of the instructions that came with the spec: S3 URI -> bytes, PNG or JPEG."""


class Upload(NamedTuple):
    """A file that must lie in S3 before the job is created."""

    uri: str
    content: bytes
    content_type: str


def uploads(rendered: Rendered) -> Iterator[Upload]:
    """The files of ``rendered`` that do not lie in S3 yet, with their places; encrypt them with the output's key."""
    if rendered.label_categories is not None:
        uri = rendered.request["LabelCategoryConfigS3Uri"]
        yield Upload(uri, rendered.label_categories, "application/json; charset=utf-8")
    if rendered.worker_template is not None:
        uri = rendered.request["HumanTaskConfig"]["UiConfig"]["UiTemplateS3Uri"]
        yield Upload(uri, rendered.worker_template, "text/html; charset=utf-8")
    for uri, content in rendered.images.items():
        yield Upload(uri, content, "image/png" if uri.endswith(".png") else "image/jpeg")


def render(spec: JobSpec) -> Rendered:
    """``spec`` as request and files; the same spec gives the same bytes. Nothing is checked but what is needed here.

    Of a chain this is the first job; ``spec.steps()`` are its jobs one by one, each to be rendered and launched when
    the one before has ended: its manifest is that one's output.
    Raises BadInput where the workteam's Region has no built-in bounding-box task, for an output path that is no S3
    URI, and for a file of the instructions or a template that cannot be used.
    """
    workers, output = spec.workers, spec.output
    region = region_of(workers.workteam_arn)
    if region is None:
        raise BadInput(f"workers.workteam_arn: {workers.workteam_arn!r} is not the ARN of a workteam")
    if region not in BUILT_IN_LAMBDA_ACCOUNTS:
        regions = ", ".join(BUILT_IN_LAMBDA_ACCOUNTS)
        raise BadInput(f"workers.workteam_arn: {region} has no built-in bounding-box task; it is in {regions}")

    labels = label_category_file([label.name for label in spec.labels])
    place = parse_s3_uri(output.path).join(_CONFIG_FOLDER, spec.name)
    page = worker_page(spec, str(place.join(IMAGES_FOLDER)))
    folder = _config_folder(place, labels, page.template)
    task = TASK_FUNCTIONS[spec.task.type]
    human: dict[str, Any] = {
        "WorkteamArn": workers.workteam_arn,
        "UiConfig": {"UiTemplateS3Uri": str(folder.join(TEMPLATE_FILE))},
        "PreHumanTaskLambdaArn": built_in_lambda_arn(region, f"PRE-{task}"),
        "TaskTitle": spec.task.title,
        "TaskDescription": spec.task.description,
        "NumberOfHumanWorkersPerDataObject": workers.per_object,
        "TaskTimeLimitInSeconds": workers.time_limit,
        "AnnotationConsolidationConfig": {
            "AnnotationConsolidationLambdaArn": built_in_lambda_arn(region, f"ACS-{task}")
        },
    }
    if workers.availability is not None:
        human["TaskAvailabilityLifetimeInSeconds"] = workers.availability
    if workers.max_concurrent_tasks is not None:
        human["MaxConcurrentTaskCount"] = workers.max_concurrent_tasks
    tags = spec.tags | {CLASSIFICATION_TAG: spec.classification or "unclassified"}
    request: dict[str, Any] = {
        "LabelingJobName": spec.name,
        "LabelAttributeName": output.label_attribute,
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": spec.manifest}}},
        "OutputConfig": {"S3OutputPath": output.path},
        "RoleArn": spec.role_arn,
        "LabelCategoryConfigS3Uri": str(folder.join(LABELS_FILE)),
        "HumanTaskConfig": human,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())],
    }
    if output.kms_key_arn is not None:
        request["OutputConfig"]["KmsKeyId"] = output.kms_key_arn
    return with_digest(Rendered(request, labels, page.template, page.images))


def rendered_files(rendered: Rendered) -> Iterator[tuple[str, bytes]]:
    """The files of a rendered job, by name, as ``gtctl job render`` writes them and --request reads them."""
    if rendered.label_categories is not None:
        yield LABELS_FILE, rendered.label_categories
    if rendered.worker_template is not None:
        yield TEMPLATE_FILE, rendered.worker_template
    for uri, content in rendered.images.items():
        yield f"{IMAGES_FOLDER}/{uri.rpartition('/')[2]}", content
    yield "job.json", request_file(rendered.request)


def label_category_file(labels: list[str]) -> bytes:
    """The label category file of a bounding-box job ("Label category configuration file")."""
    document = {"document-version": LABEL_FILE_VERSION, "labels": [{"label": label} for label in labels]}
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def request_file(request: Mapping[str, Any]) -> bytes:
    """``request`` as the bytes of job.json."""
    return (json.dumps(request, ensure_ascii=False, indent=2) + "\n").encode()


def launch_digest(rendered: Rendered) -> str:
    """SHA-256 (hexadecimal) over the request, but for its own digest tag, and over the files that go with it."""
    request = dict(rendered.request)
    if "Tags" in request:
        request["Tags"] = [tag for tag in request["Tags"] if tag["Key"] != DIGEST_TAG]
    canonical: dict[str, Any] = {
        "request": request,
        "label_categories": _sha256(rendered.label_categories),
        "worker_template": _sha256(rendered.worker_template),
    }
    # The template names the images of a spec by their content. Those of an edited folder may be others.
    if rendered.images:
        canonical["images"] = {uri: _sha256(content) for uri, content in rendered.images.items()}
    return hashlib.sha256(json.dumps(canonical, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def with_digest(rendered: Rendered) -> Rendered:
    """``rendered`` with its launch digest as the last tag of the request, whatever digest it had before."""
    others = [tag for tag in rendered.request.get("Tags", []) if tag["Key"] != DIGEST_TAG]
    tags = [*others, {"Key": DIGEST_TAG, "Value": launch_digest(rendered)}]
    return replace(rendered, request=rendered.request | {"Tags": tags})


def config_prefix(request: Mapping[str, Any]) -> str | None:
    """The S3 prefix below which gtctl keeps the files of the job in ``request``; None where that names no place."""
    output_path, name = member(request, "OutputConfig.S3OutputPath"), member(request, "LabelingJobName")
    if not isinstance(output_path, str) or not isinstance(name, str):
        return None
    return f"{output_path.rstrip('/')}/{_CONFIG_FOLDER}/{name}/"


def _config_folder(place: S3Location, labels: bytes, template: bytes) -> S3Location:
    # Named by content: a second launch with other files can never overwrite those of a running job.
    content = hashlib.sha256(hashlib.sha256(labels).digest() + hashlib.sha256(template).digest()).hexdigest()
    return place.join(content[:16])


def _sha256(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()
