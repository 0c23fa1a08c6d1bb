"""Input manifests: one line ``{"source-ref": "s3://..."}`` per image, in a stable order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gtctl import aws
from gtctl.errors import BadInput
from gtctl.ground_truth import (
    IMAGE_SUFFIXES,
    MAX_DATASET_OBJECTS,
    MAX_IMAGE_BYTES,
    MAX_MANIFEST_ATTRIBUTE_CHARACTERS,
)
from gtctl.manifests.places import open_output
from gtctl.scans import ledger

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SOURCE_REF = "source-ref"


def build(images: Iterable[str], output: str, kms_key_arn: str | None = None) -> int:
    """Write a manifest of image URIs to ``output`` (a path, or s3:// with a key) and give its number of lines.

    Raises BadInput, and writes nothing, for no image at all, for more than a job takes, and for a URI that is
    longer than an attribute may be.
    """
    encoder = msgspec.json.Encoder()
    lines = 0
    with open_output(output, kms_key_arn) as stream:
        for uri in images:
            lines += 1
            if lines > MAX_DATASET_OBJECTS:
                raise BadInput(
                    f"more than {MAX_DATASET_OBJECTS:,} images: a labeling job takes no more; "
                    "build one manifest per smaller prefix or ledger"
                )
            line = encoder.encode({SOURCE_REF: uri})
            # The characters of the line are fewer than its bytes; so if these suffice, all limits are kept.
            if len(line) > MAX_MANIFEST_ATTRIBUTE_CHARACTERS:
                raise BadInput(
                    f"image {lines}: its URI is longer than the {MAX_MANIFEST_ATTRIBUTE_CHARACTERS:,} characters "
                    "that an attribute may have: use a shorter key"
                )
            stream.write(line + b"\n")
        if not lines:
            raise BadInput(f"no image: there is nothing that ends in {', '.join(IMAGE_SUFFIXES)}")
    return lines


def ledger_images(ledger_file: Path, images: aws.S3Location) -> Iterator[str]:
    """The URIs of a ledger's images, which were uploaded below ``images``, in the ledger's order, each once."""
    seen: set[str] = set()
    for entry in ledger.entries(ledger_file):
        if entry.image not in seen:
            seen.add(entry.image)
            yield str(images.join(entry.image))


def listed_images(folder: aws.S3Location, left_out: Counter[str]) -> Iterator[str]:
    """The URIs of the images below a folder, in the order of S3's listing, which is that of the keys' bytes.

    Objects that no labeling job can show are counted in ``left_out`` by reason. Raises botocore's errors.
    """
    s3: S3Client = aws.client("s3")
    prefix = folder.key if not folder.key or folder.key.endswith("/") else f"{folder.key}/"
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            if not item["Key"].lower().endswith(IMAGE_SUFFIXES):
                left_out["not .jpg, .jpeg or .png"] += 1
            elif not item["Size"]:
                left_out["empty"] += 1
            elif item["Size"] > MAX_IMAGE_BYTES:
                left_out[f"larger than {MAX_IMAGE_BYTES // 1_000_000} MB"] += 1
            else:
                yield f"s3://{folder.bucket}/{item['Key']}"
