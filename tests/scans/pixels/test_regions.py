"""Rectangles that are blacked out, and those that are kept."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.scans.pixels.regions import Region, black_out, covered, outside

REGIONS = st.lists(
    st.builds(Region, st.integers(0, 30), st.integers(0, 30), st.integers(1, 30), st.integers(1, 30)), max_size=6
)


@given(REGIONS, st.integers(1, 40), st.integers(1, 40))
def test_what_is_not_kept_is_outside_once_and_nothing_else_is(kept: list[Region], rows: int, columns: int) -> None:
    times = np.zeros((rows, columns), int)
    for each in outside(kept, rows, columns):
        assert each.lies_in(rows, columns)
        times[each.y : each.y + each.height, each.x : each.x + each.width] += 1
    assert np.array_equal(times, (~covered(kept, rows, columns)).astype(int))


def test_blacking_out_changes_a_copy_and_only_the_regions() -> None:
    pixels = np.full((6, 8, 3), 9, np.uint8)
    cleaned = black_out(pixels, [Region(2, 1, 3, 2)], 0)
    assert (pixels == 9).all()
    assert (cleaned[1:3, 2:5] == 0).all()
    assert cleaned.sum() == 9 * 3 * (48 - 6)


@pytest.mark.parametrize(
    ("region", "lies"), [(Region(0, 0, 8, 6), True), (Region(1, 0, 8, 6), False), (Region(0, 1, 8, 6), False)]
)
def test_a_region_lies_in_the_image_or_not(region: Region, lies: bool) -> None:
    assert region.lies_in(rows=6, columns=8) is lies


@pytest.mark.parametrize("wrong", [{"x": -1}, {"width": 0}, {"height": 70000}, {"left": 3}])
def test_a_region_without_a_meaning_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"x": 0, "y": 0, "width": 5, "height": 5} | wrong, Region)
