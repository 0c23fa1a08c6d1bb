"""The size of the image that a compressed frame announces, read before a decoder believes it.

A few damaged or hostile bytes announce billions of pixels, and decoders take memory and minutes for them first.
"""

from __future__ import annotations

import struct

_JPEG_START = b"\xff\xd8"
_JPEG_2000_START = b"\xff\x4f\xff\x51"
# Start of frame of all JPEG processes (ITU-T T.81, table B.1) and of JPEG-LS (T.87, C.1.1).
_FRAME_MARKERS = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7})
_FILL = 0xFF


def announced_size(codestream: bytes) -> tuple[int, int] | None:
    """(rows, columns) of a JPEG, JPEG-LS or JPEG 2000 frame; None where it announces none."""
    if codestream.startswith(_JPEG_START):
        return _jpeg_size(codestream)
    # JPEG 2000 may be wrapped into the boxes of a file format.
    start = codestream.find(_JPEG_2000_START)
    if start < 0 or len(codestream) < start + 24:
        return None
    # ITU-T T.800, A.5.1: the image area lies between its offset and the ends of the reference grid.
    right, bottom, left, top = struct.unpack_from(">4L", codestream, start + 8)
    return bottom - top, right - left


def _jpeg_size(codestream: bytes) -> tuple[int, int] | None:
    position = len(_JPEG_START)
    while position + 9 <= len(codestream) and codestream[position] == _FILL:
        marker = codestream[position + 1]
        if marker == _FILL:
            position += 1
            continue
        if marker in _FRAME_MARKERS:
            rows, columns = struct.unpack_from(">2H", codestream, position + 5)
            return rows, columns
        (length,) = struct.unpack_from(">H", codestream, position + 2)
        position += 2 + length
    return None
