"""The front of a head goes, from whatever side it is seen and whatever lies around it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.scans.pixels.cropping import FRACTION, front_of_head
from gtctl.scans.pixels.regions import Region, covered
from gtctl.scans.skipping import Reason, Unusable

SIDE = 128
BACK, FRONT = 108, 20
"""Rows of an axial slice in the usual orientation between which the head lies; the nose reaches further."""


def head(noise: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """An axial slice in Hounsfield units, nose up, and where its face is: the front quarter with the nose."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    middle, half = (BACK + FRONT) / 2, (BACK - FRONT) / 2
    skull = ((y - middle) / half) ** 2 + ((x - 64) / 36) ** 2 <= 1
    nose = (np.abs(x - 64) <= 5) & (y >= FRONT - 9) & (y < FRONT + 9)
    values = np.full((SIDE, SIDE), -1000.0) + np.random.default_rng(seed).normal(0, noise, (SIDE, SIDE))
    values[skull | nose] = 40
    return values, (skull | nose) & (y < FRONT + (BACK - FRONT) / 4)


# How the slice is turned: a function on arrays, and the direction cosines that go with it.
TURNS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], list[int]]] = {
    "nose up": (lambda image: image, [1, 0, 0, 0, 1, 0]),
    "nose down": (lambda image: image[::-1], [1, 0, 0, 0, -1, 0]),
    "nose to the left": (lambda image: image.T, [0, 1, 0, 1, 0, 0]),
    "nose to the right": (lambda image: image[::-1].T, [0, -1, 0, 1, 0, 0]),
}


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("hounsfield", [True, False])
def test_no_face_is_left_and_most_of_the_head_is(turn: str, hounsfield: bool) -> None:
    turned, orientation = TURNS[turn]
    values, face = head(noise=15)
    gone = covered([front_of_head(turned(values), list(map(float, orientation)), hounsfield)], SIDE, SIDE)
    assert gone[turned(face)].all()
    assert not gone[turned(values) > 0].mean() > FRACTION + 0.05


@settings(max_examples=60, deadline=None)
@given(
    tube=st.integers(0, FRONT - 14),
    table=st.booleans(),
    noise=st.floats(0, 80),
    tilt=st.floats(-40, 40),
    seed=st.integers(0, 9),
)
def test_tubes_before_the_face_and_a_table_behind_it_do_not_save_it(
    tube: int, table: bool, noise: float, tilt: float, seed: int
) -> None:
    values, face = head(noise, seed)
    values[tube : tube + 3, 50:56] = 300
    if table:
        values[115:119, 10:118] = 100
    cosine, sine = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    for orientation in ([1, 0, 0, 0, cosine, sine], [cosine, sine, 0, -sine, cosine, 0]):
        assert covered([front_of_head(values, list(map(float, orientation)), True)], SIDE, SIDE)[face].all()


def test_a_sagittal_slice_loses_its_face() -> None:
    values, _ = head()
    # Rows go to the feet, columns to the back.
    region = front_of_head(values.T, [0.0, 1.0, 0.0, 0.0, 0.0, -1.0], True)
    assert (region.x, region.y, region.height) == (0, 0, SIDE)
    assert FRONT + (BACK - FRONT) / 4 < region.width < SIDE / 2


@pytest.mark.parametrize(
    "orientation",
    [
        [1.0, 0.0, 0.0, 0.0, 0.0, -1.0],  # coronal
        [0.8, 0.6, 0.0, 0.0, 0.0, -1.0],  # more coronal than sagittal
        [1.0, 0.0, 0.0],
        [float("nan")] * 6,
        None,
    ],
)
def test_a_face_that_cannot_be_found_is_not_cropped(orientation: list[float] | None) -> None:
    with pytest.raises(Unusable) as refused:
        front_of_head(head()[0], orientation, True)
    assert refused.value.reason is Reason.CANNOT_CROP


def test_an_image_without_tissue_loses_its_front_third() -> None:
    region = front_of_head(np.full((90, 60), -1000.0), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0], True)
    assert region == Region(0, 0, 60, 30)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 99), st.booleans(), st.sampled_from(list(TURNS)))
def test_any_image_gives_a_region_within_it(rows: int, columns: int, seed: int, hounsfield: bool, turn: str) -> None:
    values = np.random.default_rng(seed).normal(-300, 500, (rows, columns))
    region = front_of_head(values, list(map(float, TURNS[turn][1])), hounsfield)
    assert region.lies_in(rows, columns)
