"""Pixel data written anew, uncompressed, from decoded frames: nothing but pixel values is in it.

A compressed frame has room for comments, metadata and thumbnails; native data has unused high bits, where older
devices keep overlays, and room after the last frame. None of that is copied.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gtctl.scans.skipping import Reason, Unusable

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset

_MOST_BYTES = 1024**3
"""Frames that take little room compressed may take more than the machine has."""

_OF_FLOATS = {4: ("FloatPixelData", "OF"), 8: ("DoubleFloatPixelData", "OD")}


def put_pixels(target: Dataset, frames: Iterable[np.ndarray]) -> None:
    """Set ``target``'s pixel data and the attributes that describe it.

    ``frames`` are stored values as ``dicom.decode`` gives them, (rows, columns) or (rows, columns, 3) with colours
    as RGB; ``target`` already has the source's Bits Stored, Pixel Representation and Photometric Interpretation.
    Raises ValueError where there is no frame, or frames are of different kinds, and Unusable for too many.
    """
    written: list[bytes] = []
    size = 0
    first: np.ndarray | None = None
    for frame in frames:
        if first is None:
            first = frame
        if (frame.shape, frame.dtype) != (first.shape, first.dtype):
            raise ValueError("frames of one image are of one kind")
        written.append(_little_endian(frame, target).tobytes())
        size += len(written[-1])
        if size > _MOST_BYTES:
            raise Unusable(Reason.TOO_LARGE)
    if first is None:
        raise ValueError("an image has a frame")

    rows, columns, *samples = first.shape
    target.Rows, target.Columns = rows, columns
    target.SamplesPerPixel = samples[0] if samples else 1
    if samples:
        target.PhotometricInterpretation, target.PlanarConfiguration = "RGB", 0
    elif "PlanarConfiguration" in target:
        del target.PlanarConfiguration
    if len(written) > 1 or "NumberOfFrames" in target:
        target.NumberOfFrames = len(written)

    content = b"".join(written)
    if target.get("BitsAllocated") == 1:
        content = _one_bit_each(content)
    else:
        target.BitsAllocated = 8 * first.dtype.itemsize
    if first.dtype.kind == "f":
        keyword, vr = _OF_FLOATS[first.dtype.itemsize]
    else:
        target.HighBit = target.BitsStored - 1
        keyword, vr = "PixelData", "OB" if target.BitsAllocated <= 8 else "OW"
    target.add_new(keyword, vr, content + b"\0" * (len(content) % 2))


def _little_endian(frame: np.ndarray, target: Dataset) -> np.ndarray:
    """The frame with the bits above Bits Stored cleared, or filled with the sign."""
    little: np.ndarray = frame.astype(frame.dtype.newbyteorder("<"), copy=False)
    if frame.dtype.kind == "f":
        return little
    unused = 8 * frame.dtype.itemsize - int(target.BitsStored)
    if unused <= 0:
        return little
    if frame.dtype.kind == "i":
        return (little << unused) >> unused
    return little & ((1 << int(target.BitsStored)) - 1)


def _one_bit_each(content: bytes) -> bytes:
    import numpy as np

    return np.packbits(np.frombuffer(content, "u1"), bitorder="little").tobytes()
