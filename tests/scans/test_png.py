"""The PNG holds the pixels and nothing else."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp
from PIL import Image

from gtctl.scans.png import encode


def chunks(png: bytes) -> list[bytes]:
    """The names of a PNG's chunks in order."""
    names, position = [], 8
    while position < len(png):
        (length,) = struct.unpack(">L", png[position : position + 4])
        names.append(png[position + 4 : position + 8])
        position += 12 + length
    return names


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (600, 600)])
def test_only_header_pixels_and_end_are_written(shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert set(chunks(encode(noise))) == {b"IHDR", b"IDAT", b"IEND"}


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)))
def test_the_pixels_come_back_as_they_were(pixels: np.ndarray) -> None:
    assert (np.asarray(Image.open(io.BytesIO(encode(pixels)))) == pixels).all()


def test_the_same_pixels_give_the_same_bytes() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert encode(pixels) == encode(pixels.copy())
