"""The values that the names of a followed program stand for, and how two of them compare.

Texts, numbers, booleans and None are themselves; whatever is not known is an Unknown, one of several values an Unknown
with these as its options; all else is of a class below.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gtctl.audit.evidence.requests import Table
from gtctl.audit.model import MISSING, Unknown, may_equal

MOST_OPTIONS = 8
"""A value that may be one of more than these may be anything."""
_DEEPEST_COMPARED = 50
_DEEPEST_SETTLED = 60


class ListValue(list[Any]):
    """A list that knows under which conditions it was made, and from which others it was joined."""

    __slots__ = ("joined_from", "made_in")
    made_in: tuple[int, ...]
    joined_from: tuple[ListValue, ...]


class DictValue(Table):
    """A dict that knows under which conditions it was made, and from which others it was joined."""

    __slots__ = ("joined_from", "made_in")
    made_in: tuple[int, ...]
    joined_from: tuple[DictValue, ...]


@dataclass(eq=False, slots=True)
class FunctionValue:
    """A function of the program. frames: the scopes that it sees. defaults: values of its parameters."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    frames: list[dict[str, Any]]
    defaults: dict[str, Any]


@dataclass(eq=False, slots=True)
class ClassValue:
    """A class of the program."""

    members: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """An imported module, or whatever else an import gives or such a module holds."""

    name: str


@dataclass(frozen=True, slots=True)
class ClientValue:
    """A client of boto3."""

    service: str


@dataclass(frozen=True, slots=True)
class OperationValue:
    """A method that calls an operation of the API.

    open: why it may be another operation; "" where it surely is this one. vague: whether nothing but its arguments can
    tell.
    """

    operation: str
    open: str = ""
    vague: bool = False


def maybe(value: Any) -> Any:
    """``value``, or nothing at all."""
    if isinstance(value, Unknown):
        return Unknown(value.reason, options=value.options)
    return Unknown("whether it is there is open", maybe=value)


def possible(value: Unknown) -> list[Any]:
    """The values that ``value`` may be, as far as they are known."""
    return [*value.options, *([] if value.maybe is MISSING else [value.maybe])]


def may_be_one_of(value: Any, names: Iterable[str]) -> str | None:
    """The first of ``names`` that ``value`` is, or may be."""
    if not isinstance(value, (str, Unknown)):
        return None
    return next((name for name in names if may_equal(value, name) is not False), None)


def same(left: Any, right: Any, depth: int = 0) -> bool:
    """Whether two values are equal as far as is known, and as much is known of the one as of the other."""
    if left is right:
        return True
    if depth > _DEEPEST_COMPARED:
        return False
    if isinstance(left, Unknown) and isinstance(right, Unknown):
        if left.options or right.options:
            pairs = zip(left.options, right.options, strict=False)
            return len(left.options) == len(right.options) and all(same(a, b, depth + 1) for a, b in pairs)
        if left.maybe is not MISSING and right.maybe is not MISSING:
            return same(left.maybe, right.maybe, depth + 1)
        # Both may be anything: as far as is known, they are alike.
        return left.parts == right.parts and left.nullable == right.nullable
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key], depth + 1) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b, depth + 1) for a, b in zip(left, right, strict=True))
    if isinstance(left, (FunctionValue, ClassValue)) or isinstance(right, (FunctionValue, ClassValue)):
        return False
    return type(left) is type(right) and bool(left == right)


def settled(value: Any, depth: int = 0) -> Any:
    """``value`` as it is now, for a request that the program may not change any more."""
    if depth > _DEEPEST_SETTLED:
        return Unknown("it is nested too deeply")
    if isinstance(value, dict):
        made = Table({str(key): settled(item, depth + 1) for key, item in value.items()})
        if isinstance(value, Table):
            made.lines, made.open = dict(value.lines), value.open
        return made
    if isinstance(value, list):
        return [settled(item, depth + 1) for item in value]
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if isinstance(value, Unknown):
        options = tuple(settled(option, depth + 1) for option in value.options)
        if_there = value.maybe if value.maybe is MISSING else settled(value.maybe, depth + 1)
        return Unknown(value.reason, value.parts, value.nullable, value.json, value.refers, options, if_there)
    return Unknown("no value that a request can hold")
