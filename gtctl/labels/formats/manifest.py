"""SageMaker augmented manifest, cleaned: labeled images only, nothing of the input's other attributes.

The built-in algorithms stop at a row that lacks the label; so what failed or was not labeled is left out. The class ids
are the same for all manifests that went in; those of one job stay what they are.

Source: SageMaker Developer Guide, "Object Detection Algorithm", "Augmented manifest files for training jobs".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import msgspec

from gtctl.labels.dataset import Image
from gtctl.labels.formats import Add, Contents
from gtctl.labels.output_manifest import BOXES, METADATA

SUFFIX = ".manifest"

_encoder = msgspec.json.Encoder()


@contextmanager
def write(stream: IO[bytes], contents: Contents) -> Iterator[Add]:
    """A line for each image."""

    def add(image: Image) -> None:
        stream.write(_encoder.encode(row(image, contents.attribute, contents.classes.names)) + b"\n")

    yield add


def row(image: Image, attribute: str, names: dict[int, str]) -> dict[str, Any]:
    """An image with its boxes as a labeling job writes it. ``names`` are those of the classes by id."""
    size = {"width": image.width, "height": image.height, "depth": image.depth}
    metadata = {
        "objects": [{} if confidence is None else {"confidence": confidence} for confidence in image.confidences],
        "class-map": {str(number): names[number] for number in sorted({box.class_id for box in image.boxes})},
        "type": BOXES,
        "human-annotated": None if image.human is None else "yes" if image.human else "no",
        "creation-date": image.created,
        "job-name": image.job_name,
    }
    return {
        "source-ref": image.source_ref,
        attribute: {"image_size": [_without_none(size)], "annotations": image.boxes},
        f"{attribute}{METADATA}": _without_none(metadata),
    }


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
