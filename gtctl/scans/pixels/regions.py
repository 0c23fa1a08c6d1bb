"""Rectangles of an image that are blacked out, or kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import msgspec

if TYPE_CHECKING:
    import numpy as np

_Position = Annotated[int, msgspec.Meta(ge=0, le=65535)]
_Length = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rectangle in pixels: its left upper corner, counted from 0 at the image's left upper corner, and its size."""

    x: _Position
    y: _Position
    width: _Length
    height: _Length

    def lies_in(self, rows: int, columns: int) -> bool:
        """Whether all of it lies in an image of that size."""
        return self.x + self.width <= columns and self.y + self.height <= rows


def outside(kept: Iterable[Region], rows: int, columns: int) -> tuple[Region, ...]:
    """The rectangles that cover everything of an image but ``kept``; they do not overlap."""
    kept = list(kept)
    edges = sorted({0, rows, *(min(edge, rows) for each in kept for edge in (each.y, each.y + each.height))})
    made: list[Region] = []
    for top, bottom in pairwise(edges):
        here = [each for each in kept if each.y <= top and bottom <= each.y + each.height]
        gaps = _gaps(sorted((each.x, each.x + each.width) for each in here), columns)
        made.extend(Region(left, top, right - left, bottom - top) for left, right in gaps)
    return tuple(made)


def black_out(pixels: np.ndarray, regions: Sequence[Region], black: int) -> np.ndarray:
    """A copy of ``pixels`` (rows, columns, ...) with every region set to ``black``."""
    cleaned = pixels.copy()
    for each in regions:
        cleaned[each.y : each.y + each.height, each.x : each.x + each.width] = black
    return cleaned


def covered(regions: Sequence[Region], rows: int, columns: int) -> np.ndarray:
    """Which pixels lie in a region: bool (rows, columns)."""
    import numpy as np

    return black_out(np.zeros((rows, columns), bool), regions, True)


def _gaps(spans: Iterable[tuple[int, int]], end: int) -> Iterator[tuple[int, int]]:
    """What of 0 to ``end`` no span covers; spans are (start, stop), sorted."""
    reached = 0
    for start, stop in spans:
        if start > reached:
            yield reached, min(start, end)
        reached = max(reached, stop)
        if reached >= end:
            return
    yield reached, end
