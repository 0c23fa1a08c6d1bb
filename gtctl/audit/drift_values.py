"""Whether what the code says and what the account says is the same: by meaning, not by spelling."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gtctl.audit.model import Resource, Unknown
from gtctl.audit.rule import shown


def values(resource: Resource, path: str) -> list[Any]:
    """Everything at ``path``, lists taken apart, in no order; what is empty or off counts as not set."""
    return [value for value in _flat(resource.all(path)) if isinstance(value, Unknown) or value not in ("", False)]


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, Mapping):
        # A block that a rule only asks the existence of.
        if value:
            yield "set"
    elif value is not None:
        yield value


def agree(planned: Sequence[Any], live: Sequence[Any], left_alone: str) -> bool:
    """Whether both mean the same. left_alone: what an account says where code leaves the attribute alone."""
    wanted, found = [_normal(value) for value in planned], [_normal(value) for value in live]
    if not wanted and found == [left_alone]:
        return True
    for value in wanted:
        match = next((each for each in found if _same(value, each)), None)
        if match is None:
            return False
        found.remove(match)
    return not found


def _normal(value: Any) -> str:
    """``value`` as text that is equal where the meaning is: JSON without order and spelling, true, 30."""
    if isinstance(value, bool):
        return str(value).lower()
    document = _document(value)
    return json.dumps(_canonical(document), sort_keys=True) if document is not None else str(value)


def _document(value: Any) -> Any:
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _canonical(value: Any) -> Any:
    """A policy in one spelling: lists are sets, a list of one is the one, an account is its root."""
    if isinstance(value, Mapping):
        return {name: _canonical(item) for name, item in value.items()}
    if isinstance(value, list):
        items = sorted((_canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
        return items[0] if len(items) == 1 else items
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"arn:aws:iam::{text}:root" if text.isdecimal() and len(text) == 12 else text


def _same(left: str, right: str) -> bool:
    if left == right:
        return True
    left, right = bare(left), bare(right)
    if left == right:
        return True
    # What one side names by its ARN, the other may name by its name.
    return any(
        whole.startswith("arn:") and not part.startswith("arn:") and part and whole.endswith((f":{part}", f"/{part}"))
        for whole, part in ((left, right), (right, left))
    )


def bare(arn: str) -> str:
    """An ARN without what only says that it means everything below."""
    # The streams of a log group.
    return arn.removesuffix(":*") if arn.startswith("arn:") else arn


def apart(planned: Sequence[Any], live: Sequence[Any]) -> tuple[str, str]:
    """Both sides for people; of two policies only the statements in which they differ."""
    documents = [[_document(value) for value in values] for values in (planned, live)]
    if all(len(found) == 1 and isinstance(found[0], dict) and "Statement" in found[0] for found in documents):
        ours, theirs = (_statements(found[0]) for found in documents)
        return _told(ours, theirs), _told(theirs, ours)
    return _for_people(planned), _for_people(live)


def _statements(document: Mapping[str, Any]) -> dict[str, Any]:
    found = document["Statement"]
    return {
        json.dumps(_canonical(each), sort_keys=True): each for each in (found if isinstance(found, list) else [found])
    }


def _told(own: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    return (
        shown([each for key, each in own.items() if key not in other])
        if own.keys() - other.keys()
        else "nothing like it"
    )


def _for_people(values: Sequence[Any]) -> str:
    return shown(values[0] if len(values) == 1 else sorted(values, key=str) or None)
