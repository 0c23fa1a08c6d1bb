"""Boxes that exist already, from a COCO file, as the input manifest of an adjustment or verification job.

Source: SageMaker Developer Guide, "Label verification and adjustment": the input carries labels as an earlier labeling
job would have written them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from gtctl import aws
from gtctl.errors import BadInput
from gtctl.ground_truth import MAX_DATASET_OBJECTS, MAX_MANIFEST_ATTRIBUTE_CHARACTERS, MAX_MANIFEST_LINE_CHARACTERS
from gtctl.labels.output_manifest import BOXES, METADATA, Box, Length, Position
from gtctl.manifests.places import open_output

JOB_NAME = "gtctl-prelabel"


class _Image(msgspec.Struct):
    id: int
    file_name: str
    width: Annotated[int, msgspec.Meta(ge=1)]
    height: Annotated[int, msgspec.Meta(ge=1)]
    source_ref: str | None = None


class _Annotation(msgspec.Struct):
    image_id: int
    category_id: int
    bbox: tuple[Position, Position, Length, Length]
    iscrowd: int = 0
    segmentation: Any = None
    score: float | None = None


class _Category(msgspec.Struct):
    id: int
    name: str


class _Coco(msgspec.Struct):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


@dataclass(slots=True)
class Written:
    """What went into the manifest. ``outlines`` are annotations of which only the box could be kept; ``labels`` are
    the classes in the order of their ids, as the job's label file has to list them."""

    images: int
    boxes: int
    outlines: int
    labels: list[str]


def prelabel(
    coco: Path, output: str, attribute: str, images: str | None = None, kms_key_arn: str | None = None
) -> Written:
    """Write the boxes of a COCO file as a manifest to ``output`` (a path, or s3:// with a key), under ``attribute``.

    An image's URI is its ``source_ref``, as gtctl labels export writes it, or its ``file_name`` below ``images``
    (s3://bucket/prefix/). The images are in the order of their ids; class ids are category ids less 1, or as they are
    where one is 0. Every row has all class names, so that classes without a box are kept.

    The COCO file is held in memory. Raises BadInput, and writes nothing, where it makes no sense or breaks a limit of
    the service's.
    """
    document = _read(coco)
    base = aws.parse_s3_uri(images) if images else None
    first = 0 if any(category.id == 0 for category in document.categories) else 1
    names = {category.id - first: category.name for category in document.categories}
    by_image = defaultdict(list)
    for annotation in document.annotations:
        by_image[annotation.image_id].append(annotation)
    created = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    encoder = msgspec.json.Encoder()
    with open_output(output, kms_key_arn) as stream:
        for image in sorted(document.images, key=lambda each: each.id):
            metadata = {
                "class-map": {str(number): name for number, name in sorted(names.items())},
                "type": BOXES,
                "human-annotated": "no",
                "creation-date": created,
                "job-name": JOB_NAME,
            }
            row = {
                "source-ref": _uri(image, base, coco),
                **_label(image, by_image[image.id], attribute, first, metadata),
            }
            stream.write(encoder.encode(_within_limits(row, encoder, image, coco)) + b"\n")
    outlines = sum(bool(each.segmentation) or bool(each.iscrowd) for each in document.annotations)
    labels = [name for _, name in sorted(names.items())]
    return Written(len(document.images), len(document.annotations), outlines, labels)


def _read(path: Path) -> _Coco:
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Coco)
    except FileNotFoundError as error:
        raise BadInput(f"there is no file {path}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{path} is not a COCO file of boxes ({error})") from error
    categories = [category.id for category in document.categories]
    images = [image.id for image in document.images]
    for problem in _problems(document, categories, images):
        raise BadInput(f"{path}: {problem}")
    return document


def _problems(document: _Coco, categories: list[int], images: list[int]) -> Iterator[str]:
    if not images:
        yield "there is no image in it"
    if len(images) > MAX_DATASET_OBJECTS:
        yield f"more than {MAX_DATASET_OBJECTS:,} images: a labeling job takes no more"
    if len(set(images)) < len(images) or len(set(categories)) < len(categories):
        yield "an id of an image or a category stands twice"
    if len({category.name for category in document.categories}) < len(categories):
        yield "two categories have the same name"
    if min(categories, default=0) < 0:
        yield "a category has a negative id"
    if unknown := {each.category_id for each in document.annotations} - set(categories):
        yield f"annotations name the category {min(unknown)}, which is not there"
    if unknown := {each.image_id for each in document.annotations} - set(images):
        yield f"annotations name the image {min(unknown)}, which is not there"


def _uri(image: _Image, base: aws.S3Location | None, coco: Path) -> str:
    if base is not None:
        # Not join, which takes slashes for separators only: a key is kept as it is.
        return f"s3://{base.bucket}/{base.key.rstrip('/')}{'/' if base.key.rstrip('/') else ''}{image.file_name}"
    if image.source_ref is None:
        raise BadInput(f"{coco}: image {image.id} has no source_ref: say where the images lie with --images s3://...")
    if not aws.parse_s3_uri(image.source_ref).key:
        raise BadInput(f"{coco}: the source_ref of image {image.id} names no object")
    return image.source_ref


def _label(
    image: _Image, annotations: list[_Annotation], attribute: str, first: int, metadata: dict[str, Any]
) -> dict[str, Any]:
    objects = [{} if each.score is None else {"confidence": each.score} for each in annotations]
    boxes = [Box(each.category_id - first, *each.bbox) for each in annotations]
    size = {"width": image.width, "height": image.height}
    return {
        attribute: {"image_size": [size], "annotations": boxes},
        f"{attribute}{METADATA}": {"objects": objects, **metadata},
    }


def _within_limits(row: dict[str, Any], encoder: msgspec.json.Encoder, image: _Image, coco: Path) -> dict[str, Any]:
    # The characters of JSON in UTF-8 are no more than its bytes, so what is short enough in bytes keeps the limits.
    sizes = [len(encoder.encode(value)) for value in row.values()]
    if max(sizes) > MAX_MANIFEST_ATTRIBUTE_CHARACTERS or sum(sizes) > MAX_MANIFEST_LINE_CHARACTERS:
        raise BadInput(
            f"{coco}: image {image.id} has more boxes or labels than the {MAX_MANIFEST_ATTRIBUTE_CHARACTERS:,} "
            "characters that the service takes for an attribute"
        )
    return row
