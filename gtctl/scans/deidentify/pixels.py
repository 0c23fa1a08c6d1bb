"""Pixel data written anew, uncompressed, from decoded frames: nothing but pixel values is in it.

A compressed frame has room for comments, metadata and thumbnails; native data has unused high bits, where older
devices keep overlays, and room after the last frame. None of that is copied.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset


def put_pixels(target: Dataset, frames: Iterable[np.ndarray]) -> None:
    """Set ``target``'s pixel data and the attributes that describe it.

    ``frames`` are stored values, (rows, columns) or (rows, columns, 3) with colours as RGB; ``target`` already has
    the source's Bits Stored, High Bit, Pixel Representation and Photometric Interpretation. Raises ValueError where
    frames are none, or of different kinds.
    """
    import numpy as np

    written: list[bytes] = []
    shape: tuple[int, ...] = ()
    for frame in frames:
        if written and frame.shape != shape:
            raise ValueError("frames of one image have one size")
        shape = frame.shape
        written.append(_own_bits(frame, target).tobytes())
    if not written:
        raise ValueError("an image has a frame")

    rows, columns, *samples = shape
    target.Rows, target.Columns = rows, columns
    target.SamplesPerPixel = samples[0] if samples else 1
    if samples:
        target.PhotometricInterpretation, target.PlanarConfiguration = "RGB", 0
    elif "PlanarConfiguration" in target:
        del target.PlanarConfiguration
    if len(written) > 1 or "NumberOfFrames" in target:
        target.NumberOfFrames = len(written)
    itemsize = np.dtype(frame.dtype).itemsize
    target.BitsAllocated = 8 * itemsize
    content = b"".join(written)
    target.add_new("PixelData", "OB" if itemsize == 1 else "OW", content + b"\0" * (len(content) % 2))


def _own_bits(frame: np.ndarray, target: Dataset) -> np.ndarray:
    """The frame, little endian, with the bits outside of Bits Stored cleared, or filled with the sign."""
    allocated = 8 * frame.dtype.itemsize
    stored, high = int(target.BitsStored), int(target.HighBit)
    little = frame.astype(frame.dtype.newbyteorder("<"), copy=False)
    if stored >= allocated or high >= allocated:
        return little
    own: np.ndarray
    if frame.dtype.kind == "i" and high == stored - 1:
        unused = allocated - stored
        own = (little << unused) >> unused
    else:
        bits = ((1 << stored) - 1) << (high + 1 - stored)
        own = little.view(f"<u{frame.dtype.itemsize}") & bits
    return own
