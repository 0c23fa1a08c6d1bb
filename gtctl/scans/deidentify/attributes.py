"""One dataset's attributes cleaned by the rules, and so is every item of its sequences."""

from __future__ import annotations

import re
from collections.abc import Sequence as List
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from gtctl.scans.deidentify import codes, dates
from gtctl.scans.deidentify.profile import Action, Rule
from gtctl.scans.deidentify.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.dataelem import DataElement

_DEEPEST = 12
"""Sequences in sequences; images need six."""

_INTEGERS = frozenset({"US", "SS", "UL", "SL", "UV", "SV", "AT"})
_FLOATS = frozenset({"FL", "FD"})
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,11}")
_LONGEST_DECIMAL = 16
_SMALLEST = 1e-38
"""What is nearer to 0, or farther from it than 1e38, is no measure: eight letters read as a number mostly are that."""

_DUMMY_TEXT = "REMOVED"
# Values that are valid in their representation and belong to nobody.
_DUMMIES: dict[str, Any] = {
    **dict.fromkeys(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"), _DUMMY_TEXT),
    "UR": "https://removed.invalid",
    "AS": "000Y",
    "DA": "19000101",
    "TM": "000000",
    "DT": "19000101000000",
    **dict.fromkeys(("DS", "IS"), "0"),
    **dict.fromkeys((*_INTEGERS, *_FLOATS), 0),
    **dict.fromkeys(("OB", "OW", "OF", "OD", "OL", "OV", "UN"), bytes(8)),
}

# Lookup tables and the descriptors that tell their lengths (PS3.3 C.7.6.3.1.5, C.11.1.1.1).
_DESCRIPTORS = {0x00283006: 0x00283002, 0x00281201: 0x00281101, 0x00281202: 0x00281102, 0x00281203: 0x00281103}


class _Unfit(Exception):
    """The value is not one that the rule lets through."""


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What the cleaning of one object needs to know; ``big_endian`` is about the bytes of the source."""

    rules: dict[int, Rule]
    pseudonyms: Pseudonyms
    shift: timedelta
    big_endian: bool = False


def cleaned(source: Dataset, cleaning: Cleaning, depth: int = 0) -> Dataset:
    """A new dataset with what the rules let through of ``source``. No value of any kind stops it."""
    from pydicom import Dataset
    from pydicom.dataelem import DataElement

    target = Dataset()
    for tag in sorted(source.keys()):
        rule = cleaning.rules.get(int(tag))
        if rule is None:
            continue
        vr, element = _element(source, int(tag))
        try:
            new = _instead(rule, vr) if element is None else _value(source, element, rule, cleaning, depth)
        except Exception:
            new = _instead(rule, vr)
        if new is not None:
            target.add(DataElement(tag, "OW" if rule.action is Action.LOOKUP_TABLE else vr, new))
    return target


def _element(source: Dataset, tag: int) -> tuple[str, DataElement | None]:
    """The value representation to write, and the element; None for one that cannot be decoded, or has another one."""
    allowed = _representations(tag)
    try:
        element = source[tag]
    except Exception:
        # Wrong lengths, unknown character sets, numbers that are none: what pydicom raises is not listed.
        return allowed[0], None
    vr = str(element.VR)
    if vr in allowed:
        return vr, element
    return allowed[0], element if vr == " or ".join(allowed) else None


@cache
def _representations(tag: int) -> tuple[str, ...]:
    """What the dictionary allows; UN for a tag that it does not know, which then fits no element of images."""
    from pydicom.datadict import dictionary_has_tag, dictionary_VR

    return tuple(dictionary_VR(tag).split(" or ")) if dictionary_has_tag(tag) else ("UN",)


def _value(source: Dataset, element: DataElement, rule: Rule, cleaning: Cleaning, depth: int) -> Any:
    """The new value, or None for an attribute that goes. Raises for a value that does not fit."""
    match rule.action:
        case Action.EMPTY | Action.DUMMY:
            return _instead(rule, element.VR)
        case Action.SEQUENCE:
            return _items(element, cleaning, depth)
        case Action.LOOKUP_TABLE:
            return _lookup_table(source, element, cleaning)
    values = _values(element)
    if not values:
        if rule.otherwise is Action.DUMMY:
            raise _Unfit
        return "" if isinstance(element.value, str | None) else element.value
    match rule.action:
        case Action.UID:
            return [_uid(str(each), cleaning.pseudonyms) for each in values]
        case Action.SHIFT:
            return _shifted(source, element, [str(each) for each in values], cleaning.shift)
        case Action.NUMBER:
            return [_number(each, element.VR) for each in values]
        case Action.TERMS:
            return _terms([str(each) for each in values], rule)
    raise AssertionError(rule.action)


def _instead(rule: Rule, vr: str) -> Any:
    """What stands in place of a value that may not be kept; None where the attribute goes."""
    action = rule.otherwise if rule.action not in (Action.EMPTY, Action.DUMMY, Action.REMOVE) else rule.action
    if action is Action.EMPTY:
        return [] if vr == "SQ" else b"" if isinstance(_DUMMIES.get(vr), bytes) else ""
    if action is Action.DUMMY:
        return list(rule.dummy) if rule.dummy else _DUMMIES.get(vr)
    return None


def _values(element: DataElement) -> List[Any]:
    value = element.value
    if value is None or (isinstance(value, str | bytes) and not value):
        return []
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        return [value]
    return list(value)


def _items(element: DataElement, cleaning: Cleaning, depth: int) -> list[Dataset] | None:
    """The cleaned items; codes that nobody knows are left out. Other items stay, empty or not: frames are told by
    their position."""
    if depth >= _DEEPEST:
        return None
    kept = []
    for item in element.value:
        new = cleaned(item, cleaning, depth + 1)
        if codes.is_code(item):
            concept = codes.known(item)
            if concept:
                new.CodeValue, new.CodingSchemeDesignator, new.CodeMeaning = concept
            elif not new:
                continue
        kept.append(new)
    return kept


def _uid(uid: str, pseudonyms: Pseudonyms) -> str:
    """UIDs that the standard itself defines (classes, transfer syntaxes, known frames of reference) name nobody."""
    from pydicom._uid_dict import UID_dictionary

    return uid if uid in UID_dictionary else pseudonyms.uid(uid)


def _shifted(source: Dataset, element: DataElement, values: list[str], shift: timedelta) -> list[str]:
    values = [each.strip(" \0") for each in values]
    partner = _partner(source, int(element.tag), len(values))
    found = []
    for number, value in enumerate(values):
        match element.VR:
            case "DA":
                new = dates.shifted_date(value, shift, partner[number] if partner else None)
            case "TM":
                new = dates.shifted_time(value, shift)
            case _:
                new = dates.shifted_datetime(value, shift)
        if new is None:
            raise _Unfit
        found.append(new)
    return found


def _partner(source: Dataset, tag: int, count: int) -> list[str] | None:
    """The times that belong to the dates of ``tag``, if there are as many."""
    time = _time_of_date(tag)
    if time is None or time not in source:
        return None
    try:
        found = [str(each).strip(" \0") for each in _values(source[time])]
    except Exception:
        return None
    return found if len(found) == count else None


@cache
def _time_of_date(tag: int) -> int | None:
    """Study Time for Study Date: the standard names the two alike."""
    from pydicom.datadict import keyword_for_tag, tag_for_keyword

    keyword = keyword_for_tag(tag)
    return tag_for_keyword(keyword.replace("Date", "Time")) if "Date" in keyword else None


def _number(value: Any, vr: str) -> Any:
    if vr == "AT":
        return _public_tag(int(value))
    if vr in _INTEGERS and isinstance(value, int):
        return value
    if vr in _FLOATS and isinstance(value, int | float) and (value == 0 or _SMALLEST < abs(value) < 1 / _SMALLEST):
        return value
    # The digits of the file, not those of a conversion.
    text = str(getattr(value, "original_string", value)).strip(" \0")
    if vr == "IS" and _INTEGER.fullmatch(text):
        return text
    if vr == "DS" and _DECIMAL.fullmatch(text) and isfinite(float(text)):
        if len(text) <= _LONGEST_DECIMAL:
            return text
        from pydicom.valuerep import format_number_as_ds

        return format_number_as_ds(float(text))
    raise _Unfit


def _public_tag(tag: int) -> int:
    from pydicom.datadict import dictionary_has_tag

    if not dictionary_has_tag(tag):
        raise _Unfit
    return tag


def _terms(values: list[str], rule: Rule) -> list[str]:
    """The values up to the first that is no term: later ones mean something by their place."""
    kept = []
    for value in (each.strip(" \0") for each in values):
        if rule.terms is None or not re.fullmatch(rule.terms, value):
            break
        kept.append(value)
    if not kept or (rule.dummy and len(kept) < len(rule.dummy)):
        raise _Unfit
    return kept


def _lookup_table(source: Dataset, element: DataElement, cleaning: Cleaning) -> bytes:
    """A table's bytes, little endian, if they are as many as its descriptor says."""
    entries, _first, bits = (int(each) for each in source[_DESCRIPTORS[int(element.tag)]].value)
    entries = entries % 65536 or 65536
    value = element.value
    if isinstance(value, bytes):
        swap = cleaning.big_endian and len(value) % 2 == 0
        content = _swapped(value) if swap else value
    else:
        content = b"".join(int(each).to_bytes(2, "little") for each in _values(element))
    lengths = {2 * entries} if bits > 8 else {entries + entries % 2, 2 * entries}
    if len(content) not in lengths:
        raise _Unfit
    return content


def _swapped(content: bytes) -> bytes:
    swapped = bytearray(content)
    swapped[0::2], swapped[1::2] = content[1::2], content[0::2]
    return bytes(swapped)
