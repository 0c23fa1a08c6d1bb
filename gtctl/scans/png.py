"""Pixels to the bytes of a PNG that holds nothing else: no text, no time, no profile, no EXIF.

The chunks are written here, as no library both writes PNG and takes the deflate of ISA-L, and deflate is nearly all
of the work: a slice of 512x512 takes Pillow's defaults some 8 ms, filter "up" with ISA-L 0.4 ms for 5 % more bytes
(benchmarks/README.md, scans). Filter "up" is one subtraction of whole rows, and suits scans, whose rows are much alike.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2
_UP = 2
# ISA-L has levels 0 to 3: 1 is as small as 2 and 3 on scans, and the fastest that is smaller than 0.
_LEVEL = 1


def encode(pixels: np.ndarray) -> bytes:
    """uint8 pixels, (rows, columns) or (rows, columns, 3), as an 8-bit grey or RGB PNG (ISO/IEC 15948).

    Lossless. The same pixels give the same bytes on the same kind of processor: ISA-L has a code path for each, which
    may pack the same pixels in another way. Raises ValueError for pixels of another type or shape, or without any.
    """
    import numpy as np
    from isal import isal_zlib

    colour = pixels.ndim == 3
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (colour and pixels.shape[2] != 3) or not pixels.size:
        raise ValueError(f"a PNG is made of uint8 pixels, grey or RGB, not of {pixels.dtype} {pixels.shape}")
    height, width = pixels.shape[:2]
    rows = pixels.reshape(height, -1)
    filtered = np.empty((height, rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = isal_zlib.crc32(content, isal_zlib.crc32(name))
        return b"".join((struct.pack(">L", len(content)), name, content, struct.pack(">L", checksum)))

    header = struct.pack(">LLBBBBB", width, height, 8, _RGB if colour else _GREY, 0, 0, 0)
    deflated = isal_zlib.compress(filtered, level=_LEVEL)
    return b"".join((_SIGNATURE, chunk(b"IHDR", header), chunk(b"IDAT", deflated), chunk(b"IEND", b"")))
