"""The ledger: one JSON line per image that ties it to its source by hash, and to nothing that names a patient.

It is appended to while a run goes on, so that a killed run can be taken up where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from gtctl.errors import BadInput

FILE_NAME = "ledger.jsonl"
SCHEMA_VERSION = 1

Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
ImageName = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}\\.png$")]
Count = Annotated[int, msgspec.Meta(ge=1)]


class ShownWindow(msgspec.Struct, frozen=True):
    """What of the grey scale is shown, in modality values.

    ``origin`` is "file", "preset:NAME", "given", "full-range", "file-lut" or "colour"; the last two have no
    centre, width and function.
    """

    center: float | None
    width: float | None
    function: str | None
    origin: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One image. ``frame`` counts from 0; sizes are pixels and bytes; hashes are SHA-256 in hex."""

    schema_version: int = SCHEMA_VERSION
    image: ImageName
    image_sha256: Hash
    image_bytes: Count
    width: Count
    height: Count
    source_sha256: Hash
    frame: Annotated[int, msgspec.Meta(ge=0)]
    frames: Count
    modality: str | None
    window: ShownWindow
    photometric_interpretation: str
    gtctl_version: str


_decoder = msgspec.json.Decoder(Entry)
_encoder = msgspec.json.Encoder()


def entries(path: Path) -> Iterator[Entry]:
    """The ledger's lines. Raises BadInput with the line's number where one is damaged, or the file is not there."""
    if not path.is_file():
        raise BadInput(f"there is no ledger {path}: gtctl scans prepare writes one")
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                entry = _decoder.decode(line)
            except msgspec.DecodeError as error:
                raise BadInput(
                    f"{path}:{number}: not a ledger line ({error}): remove the line and run gtctl scans prepare again"
                ) from error
            if entry.schema_version != SCHEMA_VERSION:
                raise BadInput(
                    f"{path}:{number}: schema_version {entry.schema_version} is not known to this gtctl: upgrade it"
                )
            yield entry


def by_image(path: Path) -> dict[str, Entry]:
    """The ledger by image name, in order; of an image that stands there twice the later line holds."""
    return {entry.image: entry for entry in entries(path)}


def drop_torn_line(path: Path) -> None:
    """Cut off what a killed run left of a last line."""
    if not path.is_file():
        return
    with path.open("rb+") as stream:
        content = stream.read()
        if not content.endswith(b"\n"):
            stream.truncate(content.rfind(b"\n") + 1)


def lines(new: Iterable[Entry]) -> bytes:
    """Entries as they stand in the file."""
    return b"".join(_encoder.encode(entry) + b"\n" for entry in new)
