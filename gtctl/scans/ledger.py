"""The ledger: one JSON line per image that ties it to its source by hash, and to nothing that names a patient.

It is appended to while a run goes on, so that a killed run can be taken up where it was. ``ledger.schema.json``
beside this module is its published schema; docs/scans.md explains the fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from gtctl.errors import BadInput
from gtctl.manifests.places import is_s3, open_input

FILE_NAME = "ledger.jsonl"
SCHEMA_VERSION: Literal[2] = 2

Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
ImageName = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}\\.png$")]
DicomName = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}\\.dcm$")]
Pseudonym = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16,64}$")]
Uid = Annotated[str, msgspec.Meta(pattern="^[0-9.]{1,64}$")]
Count = Annotated[int, msgspec.Meta(ge=1)]


class ShownWindow(msgspec.Struct, frozen=True):
    """What of the grey scale is shown, in modality values.

    ``origin`` is "file", "preset:NAME", "given", "full-range", "percentile:...", "file-lut" or "colour"; the last
    two have no centre, width and function.
    """

    center: float | None
    width: float | None
    function: str | None
    origin: str


class Geometry(msgspec.Struct, frozen=True, kw_only=True):
    """How a pixel of the image comes back to the patient (PS3.3 C.7.6.2.1.1); what the source does not say is null.

    ``position`` (x, y, z of the first pixel), ``spacing`` (between rows, between columns) and ``slice_thickness`` are
    in mm; ``orientation`` holds the direction cosines of a row and of a column.
    """

    frame_of_reference: Uid | None
    position: tuple[float, float, float] | None
    orientation: tuple[float, float, float, float, float, float] | None
    spacing: tuple[float, float] | None
    slice_thickness: float | None


class DicomObject(msgspec.Struct, frozen=True):
    """The de-identified DICOM object that was written beside the images of its source."""

    file: DicomName
    sha256: Hash
    bytes: Count


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One image. ``frame`` counts from 0; sizes are pixels and bytes; hashes are SHA-256 in hex. The image has the rows
    and columns of its source, so a pixel of one is a pixel of the other.

    ``patient``, ``study``, ``series`` and ``instance`` are pseudonyms. They can be compared among entries with the
    same ``pseudonyms`` only, which names the secret they were made with: without a key file every run has its own.
    ``pixels`` says what was done about text and faces in the pixels.
    """

    schema_version: Literal[2] = SCHEMA_VERSION
    image: ImageName
    image_sha256: Hash
    image_bytes: Count
    width: Count
    height: Count
    source_sha256: Hash
    source_bytes: Count
    frame: Annotated[int, msgspec.Meta(ge=0)]
    frames: Count
    pseudonyms: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}$")]
    patient: Pseudonym
    study: Uid | None
    series: Uid | None
    instance: Uid | None
    modality: str | None
    window: ShownWindow
    photometric_interpretation: str
    geometry: Geometry
    pixels: dict[str, Any]
    dicom: DicomObject | None
    gtctl_version: str


class _Version(msgspec.Struct):
    schema_version: int


_decoder = msgspec.json.Decoder(Entry)
_version = msgspec.json.Decoder(_Version)
_encoder = msgspec.json.Encoder()


def entries(place: Path | str) -> Iterator[Entry]:
    """The lines of the ledger at a path or at ``s3://bucket/key``.

    Raises BadInput where a line is damaged, with its number, or where there is no ledger; and botocore's errors.
    """
    if not is_s3(str(place)) and not Path(place).is_file():
        raise BadInput(f"there is no ledger {place}: gtctl scans prepare writes one")
    with open_input(str(place)) as stream:
        yield from read(stream, str(place))


def read(stream: Iterable[bytes], name: str) -> Iterator[Entry]:
    """The entries of a ledger's lines. Raises BadInput, with the ledger's name and the line's number."""
    for number, line in enumerate(stream, start=1):
        try:
            yield _decoder.decode(line)
        except msgspec.DecodeError as error:
            _explain(line, f"{name}:{number}", error)


def by_image(place: Path | str) -> dict[str, Entry]:
    """The ledger by image name, in order; of an image that stands there twice the later line holds."""
    return {entry.image: entry for entry in entries(place)}


def lines(new: Iterable[Entry]) -> bytes:
    """Entries as they stand in the file."""
    return b"".join(_encoder.encode(entry) + b"\n" for entry in new)


def schema() -> dict[str, Any]:
    """The JSON Schema of a line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A line of the ledger of gtctl scans prepare, schema_version {SCHEMA_VERSION}",
        **msgspec.json.schema(Entry),
    }


def _explain(line: bytes, where: str, error: msgspec.DecodeError) -> None:
    """Raise BadInput for a line that is no entry: of another version, or damaged."""
    try:
        version = _version.decode(line).schema_version
    except msgspec.DecodeError:
        version = SCHEMA_VERSION
    if version < SCHEMA_VERSION:
        raise BadInput(
            f"{where}: schema_version {version} is of an earlier gtctl, whose images were not checked for text and "
            "faces: prepare the scans again, into a new DEST"
        ) from error
    if version > SCHEMA_VERSION:
        raise BadInput(f"{where}: schema_version {version} is not known to this gtctl: upgrade it") from error
    raise BadInput(
        f"{where}: not a ledger line ({error}): remove the line and run gtctl scans prepare again"
    ) from error
