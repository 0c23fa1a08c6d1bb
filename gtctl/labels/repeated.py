"""Images that stand in several rows: of one manifest, or of several jobs. One row holds, the others are counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

from gtctl.errors import BadInput
from gtctl.labels.output_manifest import Labeled, Row

Rule = Literal["refuse", "first", "last"]


def passed_over(rows: Iterable[tuple[int, str, Row]], suspected: set[int], rule: Rule) -> set[int]:
    """The numbers of rows that do not hold, among the suspected ones. ``rows`` come with number and place.

    A labeled row goes before one that failed or was not labeled: a later job may have labeled what an earlier one
    could not. Of several labeled ones the first or the last holds; with "refuse" they raise BadInput.
    Memory grows with the suspected rows.
    """
    by_image: defaultdict[str, list[tuple[int, str, bool]]] = defaultdict(list)
    for number, place, row in rows:
        if number in suspected:
            by_image[row.source_ref].append((number, place, isinstance(row, Labeled)))
    return set(_losers(by_image.values(), rule))


def _losers(images: Iterable[list[tuple[int, str, bool]]], rule: Rule) -> Iterator[int]:
    for rows in images:
        labeled = [row for row in rows if row[2]]
        if len(labeled) > 1 and rule == "refuse":
            raise BadInput(
                f"{labeled[1][1]}: the same image is labeled in {labeled[0][1]}: choose with --repeated first or last"
            )
        among = labeled or rows
        holds = among[0] if rule == "first" else among[-1]
        yield from (number for number, _, _ in rows if number != holds[0])
