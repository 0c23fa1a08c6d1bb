"""Images back to whose they are, for whoever has the key file and the key that opens it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from gtctl.errors import BadInput
from gtctl.scans.deidentify.key_file import KeyFile, Record


class Identity(NamedTuple):
    """An image, the frame of the source that it shows (from 0), and the originals; None for an image not known."""

    image: str
    frame: int | None
    record: Record | None


class _Image(msgspec.Struct):
    file_name: str


class _Labels(msgspec.Struct):
    images: list[_Image]


def images_of_labels(path: Path) -> list[str]:
    """The names of the images in a COCO file, in its order. Raises BadInput for a file that is none."""
    try:
        return [image.file_name for image in msgspec.json.decode(path.read_bytes(), type=_Labels).images]
    except FileNotFoundError as error:
        raise BadInput(f"there is no file {path}") from error
    except msgspec.DecodeError as error:
        raise BadInput(
            f"{path} is not a COCO file with images: gtctl labels export --format coco writes one"
        ) from error


def identities(key_file: KeyFile, ledger_place: str, images: Iterable[str]) -> Iterator[Identity]:
    """Who stands behind images, in the order asked. ``images`` are names, paths or URIs: the last part counts;
    ``ledger_place`` is a path or an S3 URI.

    Streams over ledger and key file once each, and holds what was asked for. Raises BadInput where either is damaged.
    """
    from gtctl.manifests.places import open_input
    from gtctl.scans import ledger

    asked = [(image, image.rstrip("/").rpartition("/")[2]) for image in images]
    names = {name for _image, name in asked}
    with open_input(ledger_place) as stream:
        entries = {entry.image: entry for entry in ledger.read(stream, ledger_place) if entry.image in names}
    sources = {entry.source_sha256 for entry in entries.values()}
    records = {each.source_sha256: each for each in key_file.records() if each.source_sha256 in sources}
    for image, name in asked:
        entry = entries.get(name)
        yield Identity(image, entry.frame if entry else None, records.get(entry.source_sha256) if entry else None)
