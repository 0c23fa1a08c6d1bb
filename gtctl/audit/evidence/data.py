"""Reads what a job works with: input manifests, and the templates of the worker's page.

Of a manifest only what rules ask about is kept, counted, so that memory does not grow with it. No object key and no
value of an attribute is: they may name a patient.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from gtctl.audit import identifiers
from gtctl.audit.model import Evidence, Location, Resource
from gtctl.ground_truth import IMAGE_SUFFIXES, MAX_MANIFEST_LINE_CHARACTERS
from gtctl.manifests import validate
from gtctl.manifests.lines import SOURCE_REF
from gtctl.manifests.rules import Rule

# Each has a policy rule, or is no matter of the format.
_RULES_OF_THEIR_OWN = (Rule.SUFFIX, Rule.IDENTIFIER, Rule.DATE, Rule.DUPLICATE)
_MOST_PROBLEMS = 20
_MOST_KINDS = 1_000
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}(?:\.gz)?$")
_BUCKET = re.compile(r"s3://([^/]+)/(.*)", re.DOTALL)
_decoder = msgspec.json.Decoder(dict[str, Any])


def read(files: Mapping[str, bytes]) -> Iterator[Evidence]:
    """One Evidence for each file."""
    for file, content in files.items():
        if file.endswith((".liquid", ".html")):
            yield Evidence([template(file, content)])
        else:
            yield Evidence([manifest(file, content)])


def template(file: str, content: bytes) -> Resource:
    """The template of a worker's page, as the task UI that Terraform would make of it."""
    type_, name = "aws_sagemaker_human_task_ui", _name(file.rpartition("/")[2].partition(".")[0])
    attributes = {"human_task_ui_name": name, "ui_template": [{"content": content.decode(errors="replace")}]}
    return Resource(type_, f"{type_}.{name}", attributes, "data", Location(file))


def manifest(file: str, content: bytes) -> Resource:
    """The resource ``gtctl_input_manifest``. Its attributes:

    object_count; problem_count and problems (the first ones: line, message), which are broken rules of the service;
    buckets, formats and identifiers: lists of {name or kind, count, line}, ``line`` being the first with it.
    ``place`` of an identifier is "object key" or "attribute". A source that is no S3 URI has the bucket "".
    """
    buckets: dict[str, dict[str, Any]] = {}
    formats: dict[str, dict[str, Any]] = {}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    count = 0
    for line, attributes in _lines(content):
        count += 1
        source = attributes.pop(SOURCE_REF, None)
        if isinstance(source, str):
            match = _BUCKET.fullmatch(source)
            _note(buckets, match[1] if match else "", line)
            _note(formats, _format(source), line)
            # What stands around in the bucket's name is not the images' affair.
            for kind in identifiers.kinds(match[2] if match else source):
                _identified(found, kind, "object key", line)
        for kind in set(identifiers.in_attributes(attributes)) if attributes else ():
            _identified(found, kind, "attribute", line)
    problems = [
        {"line": problem.line, "message": problem.message}
        for problem in validate.problems(io.BytesIO(content))
        if problem.rule not in _RULES_OF_THEIR_OWN
    ]
    return Resource(
        "gtctl_input_manifest",
        f"gtctl_input_manifest.{_name(file.rpartition('/')[2])}",
        {
            "object_count": count,
            "problem_count": len(problems),
            "problems": problems[:_MOST_PROBLEMS],
            "buckets": [{"name": name, **seen} for name, seen in buckets.items()],
            "formats": [{"name": name, **seen} for name, seen in formats.items()],
            "identifiers": [{"kind": kind, "place": place, **seen} for (kind, place), seen in sorted(found.items())],
        },
        "data",
        Location(file),
    )


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)


def _lines(content: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and attributes of each line that can be read."""
    for number, line in enumerate(io.BytesIO(content), start=1):
        if len(line) > 4 * MAX_MANIFEST_LINE_CHARACTERS:
            continue
        try:
            yield number, _decoder.decode(line.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue


def _format(uri: str) -> str:
    lowered = uri.lower()
    for suffix in IMAGE_SUFFIXES:
        if lowered.endswith(suffix):
            return suffix
    match = _SUFFIX.search(lowered)
    # What follows the last dot may be anything where the name has no suffix.
    return match[0] if match and not match[0][1:].isdigit() else ""


def _note(seen: dict[str, dict[str, Any]], name: str, line: int) -> None:
    if name in seen:
        seen[name]["count"] += 1
    elif len(seen) < _MOST_KINDS:
        seen[name] = {"count": 1, "line": line}


def _identified(found: dict[tuple[str, str], dict[str, Any]], kind: str, place: str, line: int) -> None:
    entry = found.setdefault((kind, place), {"count": 0, "line": line})
    entry["count"] += 1
