"""What a file says in words about itself, in a form that words can be looked for in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.tag import BaseTag

_FREE_TEXT = (
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "RequestedProcedureDescription",
    "PerformedProcedureStepDescription",
)
_CODED = (
    "ProcedureCodeSequence",
    "RequestedProcedureCodeSequence",
    "PerformedProtocolCodeSequence",
)


def values(dataset: Dataset, keyword: str) -> list[str]:
    """The values of an attribute as texts; none where it is absent or empty."""
    tag = _tag(keyword)
    # Most of what is asked for is absent, and asking by tag is the fast way to learn that.
    if tag not in dataset:
        return []
    found = dataset[tag].value
    if found is None or found == "":
        return []
    return [str(each).strip() for each in (found if _is_many(found) else [found])]


def value(dataset: Dataset, keyword: str) -> str:
    """The first value of an attribute as text; empty where it is absent."""
    return next(iter(values(dataset, keyword)), "")


def plain(texts: Iterable[str]) -> str:
    """Texts as words in lower case without accents, one space between them and around all: " c spine lateral "."""
    without_accents = unicodedata.normalize("NFKD", " ".join(texts)).encode("ascii", "ignore").decode()
    return f" {' '.join(re.findall('[a-z0-9]+', without_accents.lower()))} "


def free_texts(dataset: Dataset) -> str:
    """What technicians and departments wrote about study, series and procedure, as ``plain`` gives it."""
    return plain(
        [
            *(text for keyword in _FREE_TEXT for text in values(dataset, keyword)),
            *(value(item, "CodeMeaning") for keyword in _CODED for item in items(dataset, keyword)),
        ]
    )


def items(dataset: Dataset, keyword: str) -> Iterator[Dataset]:
    """The items of a sequence; none where it is absent."""
    tag = _tag(keyword)
    if tag in dataset:
        yield from dataset[tag].value or ()


def functional_groups(dataset: Dataset) -> Iterator[Dataset]:
    """Shared and per-frame functional groups of an enhanced object (PS3.3 C.7.6.16)."""
    yield from items(dataset, "SharedFunctionalGroupsSequence")
    yield from items(dataset, "PerFrameFunctionalGroupsSequence")


@cache
def _tag(keyword: str) -> BaseTag:
    from pydicom.tag import Tag

    return Tag(keyword)


def _is_many(found: object) -> bool:
    from pydicom.multival import MultiValue

    return isinstance(found, MultiValue | list)
