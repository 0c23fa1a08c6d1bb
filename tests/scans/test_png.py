"""The PNG holds the pixels and nothing else."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from PIL import Image

from gtctl.scans.png import encode

GREY = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40))
RGB = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=20).map(lambda shape: (*shape, 3)))


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


def read(png: bytes) -> np.ndarray:
    """The pixels as Pillow reads them; it checks the checksums on the way."""
    with Image.open(io.BytesIO(png)) as image:
        image.verify()
    with Image.open(io.BytesIO(png)) as image:
        assert image.info == {}
        return np.asarray(image)


@settings(max_examples=150, deadline=None)
@given(GREY | RGB)
def test_the_pixels_come_back_as_they_were(pixels: np.ndarray) -> None:
    assert np.array_equal(read(encode(pixels)), pixels)


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (1, 5000), (5000, 1, 3), (601, 1023), (512, 333, 3)])
def test_the_pixels_of_any_size_come_back(shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    assert np.array_equal(read(encode(noise)), noise)
    assert np.array_equal(read(encode(np.zeros(shape, np.uint8))), np.zeros(shape, np.uint8))


def test_pixels_that_do_not_lie_in_one_piece_come_back() -> None:
    whole = np.random.default_rng(2).integers(0, 256, (40, 60, 4), dtype=np.uint8)
    for part in (whole[::2, ::3, 0], whole[..., :3], np.asfortranarray(whole[..., 1]), whole[::-1, ::-1, 2]):
        assert np.array_equal(read(encode(part)), part)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.uint16),
        np.zeros((4, 4), bool),
        np.zeros(16, np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((2, 4, 4, 3), np.uint8),
        np.zeros((0, 4), np.uint8),
    ],
)
def test_what_is_no_8_bit_image_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        encode(pixels)


def test_the_same_pixels_give_the_same_bytes() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert encode(pixels) == encode(pixels.copy())
