"""Paging, filtering and sorting, the same for every List operation."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from botocore.utils import parse_timestamp

from gtctl.sandbox.ground_truth.errors import invalid
from gtctl.sandbox.ground_truth.state import Json

T = TypeVar("T")

DEFAULT_PAGE = 10


def page(
    items: Iterable[T], request: Json, keys: dict[str, Callable[[T], Any]], default_key: str
) -> tuple[list[T], Json]:
    """One page of ``items``, sorted as asked, and ``{"NextToken": ...}`` where more follows.

    ``keys`` maps the values of SortBy to sort keys. A token of another query is refused, as is a broken one.
    """
    descending = request.get("SortOrder") == "Descending"
    ordered = sorted(items, key=keys[request.get("SortBy", default_key)], reverse=descending)
    start = _offset(request)
    size = request.get("MaxResults", DEFAULT_PAGE)
    chosen = ordered[start : start + size]
    more = start + size < len(ordered)
    return chosen, {"NextToken": _token(request, start + size)} if more else {}


def name_contains(name: str, request: Json) -> bool:
    """The NameContains filter (case-insensitive)."""
    return str(request.get("NameContains", "")).lower() in name.lower()


def within(moment: float, request: Json, field: str) -> bool:
    """The filters ``<field>After`` and ``<field>Before``: seconds since 1970, or a time as ISO 8601 writes it."""
    after, before = _seconds(request.get(f"{field}After")), _seconds(request.get(f"{field}Before"))
    return (after is None or moment > after) and (before is None or moment < before)


def _seconds(value: Any) -> float | None:
    # The service's model has let nothing through that is no timestamp.
    return parse_timestamp(value).timestamp() if isinstance(value, str) else value


def _fingerprint(request: Json) -> str:
    query = {k: v for k, v in request.items() if k not in {"NextToken", "MaxResults"}}
    return hashlib.sha256(json.dumps(query, sort_keys=True).encode()).hexdigest()[:16]


def _token(request: Json, offset: int) -> str:
    return base64.urlsafe_b64encode(f"{_fingerprint(request)}:{offset}".encode()).decode()


def _offset(request: Json) -> int:
    if "NextToken" not in request:
        return 0
    try:
        fingerprint, _, offset = base64.urlsafe_b64decode(request["NextToken"]).decode().partition(":")
        if fingerprint == _fingerprint(request):
            return int(offset)
    except ValueError:
        pass
    raise invalid("The NextToken is not valid for this request.")
