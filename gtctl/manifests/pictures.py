"""What a picture is by its first bytes, whatever its name says: format, size in pixels, bits, rotation.

Sources: PNG Specification (Third Edition) 11.2.1; ITU-T T.81 Annex B (JPEG); Exif 2.32, 4.6 (TIFF tag 274).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

Read = Callable[[int, int], bytes]
"""(offset, length) -> bytes, fewer at the end of the file."""

HEAD_BYTES = 4096
_MOST_SEGMENTS = 200

_MAGIC = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (128, b"DICM", "DICOM"),
    (0, b"GIF8", "GIF"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"BM", "BMP"),
    (8, b"WEBP", "WebP"),
    (4, b"jP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (4, b"ftyp", "HEIF, AVIF or video"),
    (344, b"n+1\x00", "NIfTI"),
    (344, b"ni1\x00", "NIfTI"),
    (0, b"%PDF", "PDF"),
    (0, b"PK\x03\x04", "ZIP"),
    (0, b"\x1f\x8b", "gzip"),
)
# Bits that a channel may have, by colour type.
_PNG_BITS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SHOWN_BY_BROWSERS = {0xC0, 0xC1, 0xC2}
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
_APP1, _START_OF_SCAN = 0xE1, 0xDA


class Damaged(Exception):
    """The header cannot be that of a picture; the text says why, and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Picture:
    """``bits`` are those of a channel; ``turned`` says that Exif has the picture shown turned or mirrored."""

    format: str
    width: int
    height: int
    bits: int
    turned: bool = False


def format_of(head: bytes) -> str | None:
    """The format by its magic bytes; None for one that is not known."""
    return next((name for at, magic, name in _MAGIC if head.startswith(magic, at)), None)


def look(head: bytes, read: Read) -> Picture | str | None:
    """The picture, if it is a PNG or a JPEG, else the name of its format, if known.

    ``head`` are its first bytes (``HEAD_BYTES``, or all); ``read`` gives others where a JPEG's header is longer.
    Raises Damaged.
    """
    match format_of(head):
        case "PNG":
            return _png(head)
        case "JPEG":
            return _jpeg(head, read)
        case other:
            return other


def _png(head: bytes) -> Picture:
    if len(head) < 33 or head[8:16] != b"\x00\x00\x00\rIHDR":
        raise Damaged("its header is cut off")
    width, height, bits, colour = struct.unpack(">IIBB", head[16:26])
    if zlib.crc32(head[12:29]) != int.from_bytes(head[29:33]):
        raise Damaged("its header's checksum is wrong")
    if not width or not height or bits not in _PNG_BITS.get(colour, ()):
        raise Damaged("its header says what no PNG may have")
    return Picture("PNG", width, height, bits)


def _jpeg(head: bytes, read: Read) -> Picture:
    turned = False
    window, window_at = head, 0
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if not window_at <= at <= window_at + len(window) - 10:
            window, window_at = read(at, HEAD_BYTES), at
        segment = window[at - window_at :]
        if len(segment) < 4 or segment[0] != 0xFF:
            raise Damaged("its header is cut off or broken")
        marker = segment[1]
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(segment[2:4])
        if marker == _START_OF_SCAN or length < 2:
            break
        if marker in _START_OF_FRAME:
            return _frame(marker, segment, turned)
        if marker == _APP1:
            turned = turned or _is_turned(segment[4 : 2 + length])
        at += 2 + length
    raise Damaged("its header names no size")


def _frame(marker: int, segment: bytes, turned: bool) -> Picture:
    if len(segment) < 9:
        raise Damaged("its header is cut off")
    if marker not in _SHOWN_BY_BROWSERS:
        raise Damaged("it is lossless, hierarchical or arithmetically coded, which no browser shows")
    bits, height, width = struct.unpack(">BHH", segment[4:9])
    if not width or not height:
        raise Damaged("its header names no size")
    return Picture("JPEG", width, height, bits, turned)


def _is_turned(exif: bytes) -> bool:
    """Whether an Exif segment (what there is of it) has an orientation other than the first."""
    if not exif.startswith(b"Exif\x00\x00"):
        return False
    tiff = exif[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return False
    (directory,) = struct.unpack(f"{order}I", tiff[4:8])
    entries = tiff[directory + 2 :]
    if len(tiff) < directory + 2:
        return False
    (count,) = struct.unpack(f"{order}H", tiff[directory : directory + 2])
    for entry in (entries[start : start + 12] for start in range(0, 12 * count, 12)):
        if len(entry) < 12:
            return False
        tag, _, _, value = struct.unpack(f"{order}HHIH", entry[:10])
        if tag == 274:
            return value in range(2, 9)
    return False
