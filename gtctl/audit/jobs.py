"""What rules ask about labeling jobs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gtctl.audit.graph import Graph
from gtctl.audit.model import Hole, Resource, Undecided, Unknown
from gtctl.audit.rule import shown

CLASSIFICATION_TAG = "gtctl:classification"
_FIELDS = ("arn", "partition", "service", "region", "account", "resource")
_MARK = re.compile("\ue000([0-9]+)\ue001")


def is_sensitive(job: Resource, graph: Graph) -> bool:
    """Whether the images of ``job`` are sensitive: all are that neither the settings nor a tag call public."""
    tags = job.peek("tags")
    if isinstance(tags, dict):
        tag = tags.get(CLASSIFICATION_TAG)
        if isinstance(tag, str) and tag == "public":
            return False
    return graph.settings.is_sensitive(job.peek("input_config.data_source.s3_data_source.manifest_s3_uri"))


def arn_fields(value: Any) -> dict[str, Any] | None:
    """The fields of an ARN by name (partition, service, region, account, resource), unknown ones as Unknown.

    None for a known text that is no ARN. Raises Undecided where nothing tells the fields apart.
    """
    unknown = value if isinstance(value, Unknown) else Unknown("", (str(value),))
    marked = _marked(unknown)
    fields = marked.split(":", 5)
    if len(fields) != len(_FIELDS) or fields[0] != "arn":
        if isinstance(value, Unknown):
            value.undecided()
        return None
    return {name: _unmarked(field, unknown) for name, field in zip(_FIELDS, fields, strict=True)}


def bucket_of(uri: Any) -> Any:
    """The bucket's name in an S3 URI, unknown where that is; raises Undecided where nothing tells it."""
    unknown = uri if isinstance(uri, Unknown) else Unknown("", (str(uri),))
    marked = _marked(unknown)
    if not marked.startswith("s3://"):
        return unknown.undecided() if isinstance(uri, Unknown) else ""
    return _unmarked(marked.removeprefix("s3://").partition("/")[0], unknown)


def as_list(value: Any) -> list[Any]:
    """The elements of a list attribute, whatever stands there: one Unknown for an unknown list."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def member(block: Any, name: str) -> Any:
    """What a block holds under ``name``; None where it is no block. Raises Undecided for an unknown block."""
    if isinstance(block, Unknown):
        block.undecided()
    return block.get(name) if isinstance(block, Mapping) else None


def whole_number(value: Any) -> int:
    """A number that may be given as text. Raises Undecided for what is none."""
    try:
        return int(value)
    except (ValueError, TypeError):
        raise Undecided(f"{shown(value)} is no number") from None


def _marked(value: Unknown) -> str:
    return "".join(part if isinstance(part, str) else f"\ue000{at}\ue001" for at, part in enumerate(value.parts))


def _unmarked(text: str, source: Unknown) -> Any:
    if "\ue000" not in text:
        return text
    pieces = _MARK.split(text)
    parts: list[str | Hole] = []
    for at, piece in enumerate(pieces):
        part = source.parts[int(piece)] if at % 2 else piece
        if part != "":
            parts.append(part)
    return Unknown(source.reason, tuple(parts), nullable=False)
