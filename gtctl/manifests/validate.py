"""The service's rules for the input manifest of an image job, as far as they show without asking S3.

Source: SageMaker Developer Guide, "Input manifest files", "Input data quotas" and "Supported data formats".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import BinaryIO

import msgspec

from gtctl.ground_truth import (
    IMAGE_SUFFIXES,
    MAX_DATASET_OBJECTS,
    MAX_MANIFEST_ATTRIBUTE_CHARACTERS,
    MAX_MANIFEST_LINE_CHARACTERS,
)
from gtctl.manifests.build import SOURCE_REF

_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
_text_decoder = msgspec.json.Decoder(str)
_S3_URI = re.compile("s3://[^/@]+/")
# A character takes up to four bytes; two more for the line's end.
_LONGEST_LINE = 4 * MAX_MANIFEST_LINE_CHARACTERS + 2


@dataclass(frozen=True, slots=True)
class Problem:
    """A broken rule, and what to do. It never quotes the line, which may name a patient."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.line}: {self.message}"


def problems(manifest: BinaryIO) -> Iterator[Problem]:
    """Every broken rule, line by line (from 1); a manifest without any is one that the service reads.

    Memory does not grow with the manifest, nor with the length of a line.
    """
    number = 0
    for number, line in _lines(manifest):
        if number == MAX_DATASET_OBJECTS + 1:
            yield Problem(number, f"more than {MAX_DATASET_OBJECTS:,} objects: a job takes no more; use several jobs")
        for message in _line_problems(line):
            yield Problem(number, message)
    if not number:
        yield Problem(1, "the manifest is empty: it needs one line per image")


def _lines(manifest: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines without their ends; of one that is far too long, only the beginning."""
    for number in count(1):
        line = rest = manifest.readline(_LONGEST_LINE)
        if not line:
            return
        while rest and not rest.endswith(b"\n"):
            rest = manifest.readline(_LONGEST_LINE)
        yield number, line.removesuffix(b"\n").removesuffix(b"\r")


def _line_problems(line: bytes) -> Iterator[str]:
    if len(line) > MAX_MANIFEST_LINE_CHARACTERS and len(line.decode(errors="replace")) > MAX_MANIFEST_LINE_CHARACTERS:
        yield f"longer than {MAX_MANIFEST_LINE_CHARACTERS:,} characters: carry less along in it"
        return
    if not line.strip():
        yield "empty line: remove it"
        return
    if line.startswith(b"\xef\xbb\xbf"):
        yield "begins with a byte order mark: save the file as UTF-8 without one"
        return
    try:
        if not line.isascii():
            line.decode()
        attributes = _decoder.decode(line)
    except UnicodeDecodeError:
        yield "not UTF-8: save the file as UTF-8"
        return
    except msgspec.DecodeError as error:
        yield f"not one JSON object ({error}): write one object per line"
        return
    for position, (name, value) in enumerate(attributes.items(), start=1):
        if name.startswith("$"):
            yield f"the name of attribute {position} begins with $: rename it"
        if len(bytes(value)) > MAX_MANIFEST_ATTRIBUTE_CHARACTERS < len(bytes(value).decode()):
            yield f"attribute {position} is longer than {MAX_MANIFEST_ATTRIBUTE_CHARACTERS:,} characters: shorten it"
    yield from _source_problems(attributes.get(SOURCE_REF))


def _source_problems(raw: msgspec.Raw | None) -> Iterator[str]:
    if raw is None:
        yield f'no "{SOURCE_REF}": an image is named by its S3 URI there'
        return
    try:
        uri = _text_decoder.decode(raw)
    except msgspec.DecodeError:
        uri = ""
    if not _S3_URI.match(uri):
        yield f'"{SOURCE_REF}" is no S3 URI: write it as s3://bucket/key'
    elif not uri.lower().endswith(IMAGE_SUFFIXES):
        yield f'"{SOURCE_REF}" does not end in {", ".join(IMAGE_SUFFIXES)}: a bounding-box job shows nothing else'
