"""Manifests by blocks of whole lines, so that memory stays flat whatever the file is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from gtctl.errors import BadInput
from gtctl.ground_truth import MAX_MANIFEST_LINE_CHARACTERS

SOURCE_REF = "source-ref"
"""The attribute that names the image of a line by its S3 URI."""

Row = dict[str, Any]

BLOCK_BYTES = 1 << 18
# A character takes up to four bytes; two more for the line's end.
_LONGEST_LINE = 4 * MAX_MANIFEST_LINE_CHARACTERS + 2
_decoder = msgspec.json.Decoder(Row)


def blocks(manifest: BinaryIO) -> Iterator[bytes]:
    """Blocks of whole lines, of about ``BLOCK_BYTES``; of a line that is far too long only its beginning."""
    rest = b""
    while chunk := manifest.read(BLOCK_BYTES):
        end = chunk.rfind(b"\n") + 1
        if not end:
            rest = (rest + chunk)[:_LONGEST_LINE]
            continue
        first = chunk.index(b"\n")
        yield (rest + chunk[:first])[:_LONGEST_LINE] + chunk[first:end] if rest else chunk[:end]
        rest = chunk[end:]
    if rest:
        yield rest


def split(block: bytes) -> list[bytes]:
    """The lines of a block, without their ends."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def decode(lines: list[bytes]) -> list[Row | None]:
    """The attributes of each line; None for a line that is not one JSON object."""
    block = b"\n".join(lines)
    try:
        rows: list[Row | None] = list(_decoder.decode_lines(block))
        if len(rows) == len(lines) and block.count(b"}\n{") == len(lines) - 1:
            return rows
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return [_decode_line(line) for line in lines]


def _decode_line(line: bytes) -> Row | None:
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def rows(manifest: BinaryIO, name: str) -> Iterator[tuple[int, bytes, Row]]:
    """Number (from 1), text and attributes of each line.

    Raises BadInput, with the manifest's name and the line's number, for a line that names no image.
    """
    number = 0
    for block in blocks(manifest):
        lines = split(block)
        for line, row in zip(lines, decode(lines), strict=True):
            number += 1
            if row is None or not isinstance(row.get(SOURCE_REF), str):
                raise BadInput(f"{name}:{number}: no line of a manifest: gtctl manifest validate says what is wrong")
            yield number, line, row


def images(manifest: BinaryIO) -> Iterator[tuple[int, str]]:
    """Line number and URI of each image; lines that name none are passed over."""
    number = 0
    for block in blocks(manifest):
        for row in decode(split(block)):
            number += 1
            if row and isinstance(uri := row.get(SOURCE_REF), str):
                yield number, uri
