"""Coded concepts: a code that the standard's context groups know is let through, with their meaning for its own.

A code sequence holds free text three times over (value, scheme, meaning), so nothing of it is copied.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pydicom import Dataset

_VALUES = ("CodeValue", "LongCodeValue", "URNCodeValue")
_LONGEST = 16
"""Characters of a Code Value (SH); longer ones need another attribute, and no image needs them."""


class Concept(NamedTuple):
    """A code with the scheme that defines it and the words for it."""

    value: str
    scheme: str
    meaning: str


def is_code(item: Dataset) -> bool:
    """Whether a sequence's item is a coded concept."""
    return any(keyword in item for keyword in (*_VALUES, "CodeMeaning"))


def known(item: Dataset) -> Concept | None:
    """The concept of an item as the standard words it; None for a code that is not in its context groups.

    Codes of SNOMED RT come back as those of SNOMED CT. Source: the context groups of PS3.16, as pydicom has them.
    """
    value, scheme = str(item.get("CodeValue", "")), str(item.get("CodingSchemeDesignator", ""))
    if scheme in ("SRT", "SNM3", "99SDM"):
        value, scheme = _snomed_ct().get(value, ""), "SCT"
    meaning = _concepts().get((scheme, value))
    return Concept(value, scheme, meaning) if meaning else None


@cache
def _concepts() -> dict[tuple[str, str], str]:
    from pydicom.sr import _concepts_dict

    concepts: Any = _concepts_dict.concepts
    return {
        (scheme, value): meaning
        for scheme, by_keyword in concepts.items()
        for by_value in by_keyword.values()
        for value, (meaning, _groups) in by_value.items()
        if len(value) <= _LONGEST
    }


@cache
def _snomed_ct() -> dict[str, str]:
    from pydicom.sr._snomed_dict import mapping

    found: dict[str, str] = mapping["SRT"]
    return found
