"""Policy documents for rules: statements, principals, conditions, with unknown parts kept unknown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, cast

from gtctl.audit.model import MISSING, Hole, Unknown, any_of

_MARK = re.compile("\ue000([0-9]+)\ue001")


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of a Condition block: ``operator`` and ``key`` in lower case (IAM ignores the case of both).

    An empty key: which keys there are is unknown; the one value says why.
    """

    operator: str
    key: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; every list may hold Unknown elements. ``principals`` are (type, value) pairs."""

    sid: str
    effect: Any
    actions: Sequence[Any]
    not_actions: Sequence[Any]
    resources: Sequence[Any]
    not_resources: Sequence[Any]
    principals: Sequence[tuple[str, Any]]
    not_principals: Sequence[tuple[str, Any]]
    conditions: Sequence[Condition]

    @property
    def allows(self) -> bool:
        return bool(self.effect == "Allow")

    def covers(self, action: str) -> bool:
        """Whether the statement takes in ``action`` ("sagemaker:CreateLabelingJob"), by wildcard or NotAction too."""
        if self.not_actions:
            return not any_of(self.not_actions, lambda pattern: matches(pattern, action))
        return any_of(self.actions, lambda pattern: matches(pattern, action))

    def condition(self, key: str) -> list[Condition]:
        """The conditions on ``key``, in any operator. Undecided where there is none among the known ones."""
        found = [condition for condition in self.conditions if condition.key == key.lower()]
        if not found:
            for condition in self.conditions:
                if not condition.key:
                    condition.values[0].undecided()
        return found


def statements(value: Any) -> list[Statement]:
    """The statements of a policy attribute (JSON text, or the structure behind it).

    An element is Unknown where a whole statement is (go through them with ``any_of`` or ``worst``).
    Raises Undecided where ``value`` is unknown, or is no policy document.
    """
    document = structure(value)
    found = document.get("Statement") if isinstance(document, Mapping) else None
    if isinstance(document, Unknown):
        document.undecided()
    if isinstance(found, Unknown):
        found.undecided()
    if found is None:
        Unknown("the policy is not a JSON document with statements").undecided()
    entries: list[Any] = found if isinstance(found, list) else [found]
    return [_statement(entry) for entry in entries]


def structure(value: Any) -> Any:
    """What the JSON text ``value`` says; Unknown where that is not known. Structures are given back as they are."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return Unknown("the text is not JSON")
    if not isinstance(value, Unknown):
        return value
    if value.json is not MISSING:
        return value.json
    if not any(isinstance(part, str) for part in value.parts):
        return value
    # Text with holes (a heredoc): read it with marks in their place, then put the holes back.
    marked = "".join(part if isinstance(part, str) else f"\ue000{at}\ue001" for at, part in enumerate(value.parts))
    try:
        return _unmarked(json.loads(marked), value)
    except ValueError:
        return Unknown(f"the JSON cannot be read around its unknown parts: {value.reason}")


def matches(pattern: Any, action: str) -> bool:
    """Whether the action pattern of a policy takes in ``action``; Undecided for an Unknown that may."""
    if isinstance(pattern, list):
        return any_of(pattern, lambda each: matches(each, action))
    if isinstance(pattern, Unknown) and pattern.options:
        return any_of([pattern], lambda each: matches(each, action))
    if not isinstance(pattern, Unknown):
        return isinstance(pattern, str) and fnmatchcase(action.lower(), _glob(pattern))
    shape = "".join(_glob(part) if isinstance(part, str) else "*" for part in pattern.parts)
    if fnmatchcase(action.lower(), shape):
        pattern.undecided()
    return False


def _glob(pattern: str) -> str:
    # IAM knows * and ? only; [ is text.
    return pattern.lower().replace("[", "[[]")


def _statement(entry: Any) -> Statement:
    if isinstance(entry, Unknown):
        options = tuple(_statement(option) for option in entry.options)
        maybe = MISSING if entry.maybe is MISSING else _statement(entry.maybe)
        return cast(Statement, replace(entry, options=options, maybe=maybe))
    if not isinstance(entry, Mapping):
        return cast(Statement, Unknown("a statement of the policy is no JSON object"))
    return Statement(
        sid=str(entry["Sid"]) if isinstance(entry.get("Sid"), str) else "",
        effect=entry.get("Effect"),
        actions=_list(entry.get("Action")),
        not_actions=_list(entry.get("NotAction")),
        resources=_list(entry.get("Resource")),
        not_resources=_list(entry.get("NotResource")),
        principals=_principals(entry.get("Principal")),
        not_principals=_principals(entry.get("NotPrincipal")),
        conditions=_conditions(entry.get("Condition")),
    )


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _principals(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [(str(kind), item) for kind, items in value.items() for item in _list(items)]
    # "*" is everybody, as {"AWS": "*"} is; what is unknown may be anybody.
    return [("AWS", item) for item in _list(value)]


def _conditions(value: Any) -> list[Condition]:
    if isinstance(value, Unknown):
        return [Condition("", "", [value])]
    found = []
    for operator, keys in value.items() if isinstance(value, Mapping) else ():
        if isinstance(keys, Unknown):
            found.append(Condition(str(operator).lower(), "", [keys]))
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            found.append(Condition(str(operator).lower(), str(key).lower(), _list(values)))
    return found


def _unmarked(value: Any, source: Unknown) -> Any:
    if isinstance(value, dict):
        return {str(_unmarked_key(key, source)): _unmarked(item, source) for key, item in value.items()}
    if isinstance(value, list):
        return [_unmarked(item, source) for item in value]
    if not isinstance(value, str) or not _MARK.search(value):
        return value
    pieces = _MARK.split(value)
    parts: list[str | Hole] = []
    for at, piece in enumerate(pieces):
        hole = source.parts[int(piece)] if at % 2 else piece
        if hole != "":
            parts.append(hole)
    return Unknown(source.reason, tuple(parts), nullable=False)


def _unmarked_key(key: str, source: Unknown) -> str:
    text = _unmarked(key, source)
    return text.text if isinstance(text, Unknown) else text
