"""What a file says in words about itself, in a form that words can be looked for in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset

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
    value = dataset.get(keyword)
    if value is None or value == "":
        return []
    return [str(each).strip() for each in (value if dataset[keyword].VM > 1 else [value])]


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
    yield from dataset.get(keyword) or ()


def functional_groups(dataset: Dataset) -> Iterator[Dataset]:
    """Shared and per-frame functional groups of an enhanced object (PS3.3 C.7.6.16)."""
    yield from items(dataset, "SharedFunctionalGroupsSequence")
    yield from items(dataset, "PerFrameFunctionalGroupsSequence")
