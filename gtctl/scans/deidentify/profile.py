"""What is done to each attribute, read from the two tables beside this module.

``table_e1_1.csv`` is table E.1-1 of DICOM PS3.15, edition 2026c: every attribute that may tell whose the image is,
with its action under the Basic Application Level Confidentiality Profile and the two options that are offered here.
Its last column is what this package does, where the standard leaves the choice to the kind of object ("X/Z/D").

``kept.csv`` lists what else is let through, and in which values. It is drawn from the modules and functional groups
of the image IODs (PS3.3). **An attribute in neither table is removed**, and so is everything private or retired.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

EDITION = "2026c"


class Action(StrEnum):
    """The letters of PS3.15 table E.1-1a, and of ``kept.csv``."""

    REMOVE = "X"
    EMPTY = "Z"
    DUMMY = "D"
    UID = "U"
    SHIFT = "C"
    SEQUENCE = "S"
    NUMBER = "number"
    TERMS = "terms"
    LOOKUP_TABLE = "table"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done to an attribute: ``action``, and ``otherwise`` where its value does not allow that.

    ``terms`` is the pattern of values let through under ``Action.TERMS``; ``dummy`` is put in place of any other under
    ``Action.DUMMY``, or None for one that fits the value representation.
    """

    action: Action
    otherwise: Action = Action.REMOVE
    terms: str | None = None
    dummy: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of table E.1-1: ``tag`` in hexadecimal digits ("x" for any), or "private"."""

    tag: str
    name: str
    basic: str
    modified_dates: str
    patient_characteristics: str
    action: str


@cache
def table_e1_1() -> tuple[Row, ...]:
    """The rows of table E.1-1, in the order of their tags."""
    return tuple(Row(*row) for row in _rows("table_e1_1.csv"))


@cache
def rules(keep_patient_characteristics: bool = False) -> dict[int, Rule]:
    """Tag -> what is done to it. What is not in here is removed."""
    found: dict[int, Rule] = {}
    for row in table_e1_1():
        # Repeating groups and private attributes are removed, as is everything that has no rule.
        if row.action != Action.REMOVE and "x" not in row.tag and row.tag != "private":
            action, otherwise = (*row.action, Action.REMOVE)[:2]
            found[int(row.tag, 16)] = Rule(Action(action), Action(otherwise if len(row.action) > 1 else action))
    for tag, _keyword, action, terms, otherwise in _rows("kept.csv"):
        found[int(tag, 16)] = _kept(action, terms, otherwise)
    if keep_patient_characteristics:
        found.update(_PATIENT_CHARACTERISTICS)
    return found


def _kept(action: str, terms: str, otherwise: str) -> Rule:
    match otherwise:
        case "":
            fallback, dummy = Action.REMOVE, None
        case "empty":
            fallback, dummy = Action.EMPTY, None
        case _:
            fallback, dummy = Action.DUMMY, tuple(otherwise.split("\\"))
    kind = Action.SEQUENCE if action == "sequence" else Action.UID if action == "uid" else Action(action)
    return Rule(kind, fallback, terms or None, dummy)


def _rows(name: str) -> Iterator[list[str]]:
    rows = csv.reader(files(__package__).joinpath(name).read_text("ascii").splitlines())
    next(rows)
    yield from rows


# Of the option's attributes, those that are free text stay out, and so do codes of ethnic groups.
_PATIENT_CHARACTERISTICS = {
    0x00100040: Rule(Action.TERMS, Action.EMPTY, "M|F|O"),
    0x00101010: Rule(Action.TERMS, Action.REMOVE, "0[0-8][0-9][YMWD]|090Y|[0-9]{3}[MWD]"),
    0x00101020: Rule(Action.NUMBER),
    0x00101030: Rule(Action.NUMBER),
    0x001021A0: Rule(Action.TERMS, Action.REMOVE, "YES|NO|UNKNOWN"),
    0x001021C0: Rule(Action.NUMBER),
    0x00102203: Rule(Action.TERMS, Action.EMPTY, "ALTERED|UNALTERED"),
}
