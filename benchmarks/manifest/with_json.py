"""What a script with Python's own ``json`` does: the same manifest, the same rules, line by line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from gtctl.audit import identifiers
from gtctl.ground_truth import (
    IMAGE_SUFFIXES,
    MAX_DATASET_OBJECTS,
    MAX_MANIFEST_ATTRIBUTE_CHARACTERS,
    MAX_MANIFEST_LINE_CHARACTERS,
)

_IMAGE = re.compile(r"[0-9a-f]{32}\.png")
_PSEUDONYM = re.compile("[0-9a-f]{16,64}")
_UID = re.compile("[0-9.]{1,64}")
_S3_URI = re.compile("s3://[^/@]+/")


def build(ledger: Path, prefix: str, output: Path) -> int:
    """A manifest of a ledger's images with patient, series and frame; gives its lines."""
    # Of an image that stands there twice the later line holds.
    lines: dict[str, str] = {}
    with ledger.open(encoding="utf-8") as stream:
        for line in stream:
            entry = json.loads(line)
            if not (_IMAGE.fullmatch(entry["image"]) and _PSEUDONYM.fullmatch(entry["patient"])):
                raise ValueError("no entry")
            if not (_UID.fullmatch(entry["series"]) and isinstance(entry["frame"], int)):
                raise ValueError("no entry")
            row = {
                "source-ref": prefix + entry["image"],
                "patient-pseudonym": entry["patient"],
                "series": entry["series"],
                "frame": entry["frame"],
            }
            written = json.dumps(row, separators=(",", ":"))
            if len(written) > MAX_MANIFEST_ATTRIBUTE_CHARACTERS:
                raise ValueError("too long")
            lines.pop(entry["image"], None)
            lines[entry["image"]] = written
    with output.open("w", encoding="utf-8") as target:
        target.writelines(f"{line}\n" for line in lines.values())
    return len(lines)


def problems(manifest: Path, with_identifiers: bool) -> Iterator[tuple[int, str]]:
    """Every broken rule of the service and every image that is there twice; also identifiers and dates, if asked."""
    seen: dict[str, int] = {}
    with manifest.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if number == MAX_DATASET_OBJECTS + 1:
                yield number, "too many"
            try:
                text = line.decode()
                attributes = json.loads(text)
            except ValueError:
                yield number, "not JSON in UTF-8"
                continue
            if len(text) > MAX_MANIFEST_LINE_CHARACTERS:
                yield number, "line too long"
            if not isinstance(attributes, dict) or text.count('"source-ref"') != 1:
                yield number, "no object with one image"
                continue
            for name, value in attributes.items():
                if name.startswith("$"):
                    yield number, "name begins with $"
                length = len(value) if isinstance(value, str) else len(json.dumps(value))
                if length > MAX_MANIFEST_ATTRIBUTE_CHARACTERS:
                    yield number, "attribute too long"
                if with_identifiers and name != "source-ref" and identifiers.first_in(name, value):
                    yield number, "identifier in an attribute"
            uri = attributes["source-ref"]
            if not isinstance(uri, str) or not _S3_URI.match(uri) or not uri.lower().endswith(IMAGE_SUFFIXES):
                yield number, "no URI of an image"
                continue
            key = uri.split("/", 3)[3]
            if with_identifiers and (identifiers.kinds(key) or identifiers.has_date(key)):
                yield number, "identifier in the key"
            if uri in seen:
                yield number, f"same image as in line {seen[uri]}"
            seen[uri] = number
