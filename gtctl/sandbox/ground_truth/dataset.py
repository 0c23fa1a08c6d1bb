"""What a job reads from S3: input manifest, label categories, worker template, and each object's state.

Limits and formats: Developer Guide, "Input data", "Input data quotas", "CORS permission requirement".
"""

from __future__ import annotations

import io
import warnings
from typing import Any

import msgspec
from botocore.exceptions import ClientError
from PIL import Image, UnidentifiedImageError

from gtctl.aws import parse_s3_uri
from gtctl.errors import BadInput
from gtctl.ground_truth import (
    IMAGE_SUFFIXES,
    MAX_DATASET_OBJECTS,
    MAX_IMAGE_BYTES,
    MAX_IMAGE_PIXELS,
    MAX_LABEL_CHARACTERS,
    MAX_LABELS,
    MAX_MANIFEST_LINE_CHARACTERS,
)
from gtctl.sandbox.ground_truth import earlier_labels
from gtctl.sandbox.ground_truth.cloud import client, error_code
from gtctl.sandbox.ground_truth.errors import JobFailed
from gtctl.sandbox.ground_truth.state import DataObject, LabelingJob

HEADER_BYTES = 1 << 20
"""Enough of a PNG or JPEG to know its size, whatever metadata stands first."""


def load(job: LabelingJob) -> None:
    """Read what the job needs into it. Raises JobFailed where the service's own job would fail."""
    _check_key(job)
    _check_bucket(job, parse_s3_uri(job.request["OutputConfig"]["S3OutputPath"]).bucket)
    if "LabelCategoryConfigS3Uri" not in job.request:
        raise JobFailed("LabelCategoryConfigS3Uri is needed for bounding-box jobs.")
    job.labels = _labels(_read(job, job.request["LabelCategoryConfigS3Uri"]))
    job.worker_template = _text(job, job.request["HumanTaskConfig"]["UiConfig"]["UiTemplateS3Uri"])
    job.earlier = earlier_labels.attribute(job)
    manifest = _read(job, job.request["InputConfig"]["DataSource"]["S3DataSource"]["ManifestS3Uri"])
    objects = _objects(manifest)
    with job.changed:
        job.objects = objects


def inspect(job: LabelingJob, item: DataObject) -> tuple[dict[str, int] | None, str | None]:
    """The image's width, height and depth (channels), or why workers cannot be shown it."""
    try:
        location = parse_s3_uri(item.uri)
        _check_bucket(job, location.bucket)
        _check_cors(job, location.bucket)
        if not location.key.lower().endswith(IMAGE_SUFFIXES):
            return None, "The object is not a .jpg, .jpeg or .png file."
        s3 = client("s3", job.region)
        length = s3.head_object(Bucket=location.bucket, Key=location.key)["ContentLength"]
        if not 0 < length <= MAX_IMAGE_BYTES:
            return None, "The object is empty or larger than 40 MB."
        start = s3.get_object(Bucket=location.bucket, Key=location.key, Range=f"bytes=0-{HEADER_BYTES - 1}")
        size, failure = _image_size(start["Body"].read())
        return size, failure or earlier_labels.problem(job, item)
    except (BadInput, JobFailed) as error:
        return None, str(error)
    except ClientError as error:
        missing = error_code(error) in {"404", "NoSuchKey"}
        return None, "The object does not exist." if missing else error_code(error)


def _image_size(start: bytes) -> tuple[dict[str, int] | None, str | None]:
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(start), formats=("PNG", "JPEG")) as image:
            width, height, depth = *image.size, len(image.getbands())
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None, "The object is not a readable PNG or JPEG image."
    if width * height > MAX_IMAGE_PIXELS:
        return None, "The image has more than 100 million pixels."
    return {"width": width, "height": height, "depth": depth}, None


def _objects(manifest: bytes) -> list[DataObject]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    objects: list[DataObject] = []
    for number, raw in enumerate(manifest.splitlines(), start=1):
        if not raw.strip():
            continue
        if len(raw.decode("utf-8", errors="replace")) > MAX_MANIFEST_LINE_CHARACTERS:
            raise JobFailed(
                f"Line {number} of the input manifest is longer than {MAX_MANIFEST_LINE_CHARACTERS} characters."
            )
        try:
            line = decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise JobFailed(f"Line {number} of the input manifest is not a JSON object.") from None
        uri = line.get("source-ref")
        if not isinstance(uri, str):
            raise JobFailed(f"Line {number} of the input manifest has no source-ref.")
        objects.append(DataObject(id=len(objects), line=line, uri=uri))
    if not objects:
        raise JobFailed("The input manifest is empty.")
    if len(objects) > MAX_DATASET_OBJECTS:
        raise JobFailed(f"The input manifest has more than {MAX_DATASET_OBJECTS} objects.")
    return objects


def _labels(document: bytes) -> list[str]:
    try:
        labels = [entry["label"] for entry in msgspec.json.decode(document)["labels"]]
    except (msgspec.DecodeError, KeyError, TypeError):
        raise JobFailed("The label category file is not valid.") from None
    if any(not isinstance(label, str) or not 1 <= len(label) <= MAX_LABEL_CHARACTERS for label in labels):
        raise JobFailed(f"A label must have 1 to {MAX_LABEL_CHARACTERS} characters.")
    if not 1 <= len(labels) <= MAX_LABELS or len(set(labels)) != len(labels):
        raise JobFailed(f"The label category file must have 1 to {MAX_LABELS} different labels.")
    return labels


def _read(job: LabelingJob, uri: str) -> bytes:
    try:
        location = parse_s3_uri(uri)
        _check_bucket(job, location.bucket)
        body: bytes = client("s3", job.region).get_object(Bucket=location.bucket, Key=location.key)["Body"].read()
    except BadInput as error:
        raise JobFailed(str(error)) from None
    except ClientError as error:
        raise JobFailed(f"{error_code(error)} when reading {uri}") from None
    return body


def _text(job: LabelingJob, uri: str) -> str:
    try:
        return _read(job, uri).decode("utf-8")
    except UnicodeDecodeError:
        raise JobFailed(f"{uri} is not UTF-8 text.") from None


def _check_bucket(job: LabelingJob, bucket: str) -> None:
    region = _bucket_region(job, bucket)
    if region != job.region:
        raise JobFailed(f"The bucket {bucket} is in {region}, the labeling job in {job.region}.")


def _bucket_region(job: LabelingJob, bucket: str) -> str:
    try:
        # None stands for us-east-1, the Region that had no location constraint.
        found = client("s3", job.region).get_bucket_location(Bucket=bucket)["LocationConstraint"]
    except ClientError as error:
        raise JobFailed(f"{error_code(error)}: {bucket}") from None
    return str(found or "us-east-1")


def _check_cors(job: LabelingJob, bucket: str) -> None:
    try:
        rules = client("s3", job.region).get_bucket_cors(Bucket=bucket)["CORSRules"]
    except ClientError:
        rules = []
    for rule in rules:
        if (
            "GET" in rule.get("AllowedMethods", [])
            and "*" in rule.get("AllowedOrigins", [])
            and "Access-Control-Allow-Origin" in rule.get("ExposeHeaders", [])
        ):
            return
    raise JobFailed(f"The bucket {bucket} has no CORS configuration that lets the worker's page load the object.")


def _check_key(job: LabelingJob) -> None:
    key = job.request["OutputConfig"].get("KmsKeyId")
    if not key:
        return
    try:
        metadata = client("kms", job.region).describe_key(KeyId=key)["KeyMetadata"]
    except ClientError as error:
        raise JobFailed(f"{error_code(error)}: the output key {key} cannot be used.") from None
    if metadata["KeyState"] != "Enabled":
        raise JobFailed(f"The output key {key} is {metadata['KeyState']}.")
