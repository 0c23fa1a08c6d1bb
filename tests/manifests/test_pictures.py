"""Pictures are told by their bytes, as an independent library reads them."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gtctl.manifests.pictures import HEAD_BYTES, Damaged, Picture, format_of, look


def seen(content: bytes) -> Picture | str | None:
    return look(content[:HEAD_BYTES], lambda offset, length: content[offset : offset + length])


def encoded(format_: str, mode: str = "L", size: tuple[int, int] = (31, 17), **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, format_, **options)
    return stream.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def with_segments(*segments: bytes) -> bytes:
    """A JPEG with segments put in front."""
    return b"\xff\xd8" + b"".join(segments) + encoded("JPEG")[2:]


def exif(orientation: int) -> bytes:
    made = Image.Exif()
    made[0x010F] = "maker"
    made[0x0112] = orientation
    return made.tobytes()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        *((encoded("PNG", mode), Picture("PNG", 31, 17, 8)) for mode in ("L", "LA", "RGB", "RGBA")),
        (encoded("PNG", "1"), Picture("PNG", 31, 17, 1)),
        (encoded("PNG", "I;16"), Picture("PNG", 31, 17, 16)),
        *((encoded("JPEG", mode), Picture("JPEG", 31, 17, 8)) for mode in ("L", "RGB", "CMYK")),
        (encoded("JPEG", progressive=True), Picture("JPEG", 31, 17, 8)),
        (with_segments(*[segment(0xE2, b"x" * 65_000)] * 3), Picture("JPEG", 31, 17, 8)),
        (with_segments(b"\xff" * 7 + segment(0xFE, b"padded")), Picture("JPEG", 31, 17, 8)),
        (encoded("JPEG", exif=exif(1)), Picture("JPEG", 31, 17, 8)),
        (encoded("JPEG", exif=exif(6)), Picture("JPEG", 31, 17, 8, turned=True)),
        (encoded("JPEG", size=(65_000, 1)), Picture("JPEG", 65_000, 1, 8)),
        (
            b"\xff\xd8" + segment(0xC1, b"\x0c" + struct.pack(">HHB", 5, 6, 1) + b"\x01\x11\x00"),
            Picture("JPEG", 6, 5, 12),
        ),
        *((encoded(name), name) for name in ("GIF", "TIFF", "BMP")),
        (encoded("WEBP", "RGB"), "WebP"),
        (encoded("JPEG2000"), "JPEG 2000"),
        (bytes(128) + b"DICM" + bytes(9), "DICOM"),
        (b"\\\x01\x00\x00" + bytes(340) + b"n+1\x00", "NIfTI"),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_a_picture_is_told_by_its_bytes(content: bytes, expected: object) -> None:
    assert seen(content) == expected


def png_header(**changes: int) -> bytes:
    fields = {"width": 3, "height": 4, "bits": 8, "colour": 0} | changes
    header = b"IHDR" + struct.pack(">IIBBBBB", *fields.values(), 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\r" + header + zlib.crc32(header).to_bytes(4)


@pytest.mark.parametrize(
    "content",
    [
        png_header()[:30],
        png_header()[:20] + b"\x01" + png_header()[21:],
        png_header(width=0),
        png_header(bits=4, colour=2),
        png_header(colour=5),
        b"\xff\xd8\xff\xe0\x00\x10",
        b"\xff\xd8" + segment(0xDA, b"scan first"),
        b"\xff\xd8" + segment(0xC3, b"\x08" + struct.pack(">HHB", 5, 6, 1)),
        b"\xff\xd8" + segment(0xC0, b"\x08" + struct.pack(">HHB", 0, 6, 1) + bytes(9)),
        b"\xff\xd8" + b"\xff\xe0\x00\x00" + bytes(20),
        b"\xff\xd8" + segment(0xE0, b"") * 5000,
    ],
)
def test_a_header_that_no_picture_has_is_damaged(content: bytes) -> None:
    with pytest.raises(Damaged):
        seen(content)


def test_a_size_is_read_without_the_pixels() -> None:
    assert seen(png_header(width=2**31 - 1, height=2**31 - 1)) == Picture("PNG", 2**31 - 1, 2**31 - 1, 8)


WHOLE = (encoded("JPEG", exif=exif(6)), encoded("PNG"), encoded("JPEG", progressive=True))


@given(st.sampled_from(WHOLE), st.integers(0, 700), st.binary(max_size=6), st.integers(0, 900))
@settings(max_examples=300)
def test_any_bytes_are_a_picture_damaged_or_something_else(whole: bytes, at: int, new: bytes, end: int) -> None:
    content = (whole[:at] + new + whole[at + len(new) :])[:end]
    try:
        found = seen(content)
    except Damaged:
        return
    assert found == format_of(content) or (isinstance(found, Picture) and found.width > 0 < found.height)
