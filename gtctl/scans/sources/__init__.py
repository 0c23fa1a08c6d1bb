"""Where scans come from: a file, a folder, a DICOMDIR, a zip archive, or ``s3://bucket/prefix``.

A source is listed as items in an order that is the same in every run. An item is small and picklable: the process
that works on the file reads it. Names of files are often patients' names: no error holds one, nor the text form of an
item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NoReturn, Protocol

from gtctl.errors import BadInput
from gtctl.scans.dicom import MAX_SOURCE_BYTES
from gtctl.scans.skipping import Reason, Unusable

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# UID of Media Storage Directory Storage (PS3.4 B.5), as it stands in the file meta information of a DICOMDIR.
_DIRECTORY_UID = re.compile(rb"1\.2\.840\.10008\.1\.3\.10(?![.0-9])")


__all__ = ["MAX_SOURCE_BYTES", "Item", "Refused", "items"]


class Item(Protocol):
    """One file of a source."""

    @property
    def read_ahead(self) -> bool:
        """Whether it pays to read it while others are worked on: it is small, and comes from far away."""

    @property
    def place(self) -> str:
        """Where it lies: for the key file alone."""

    def read(self) -> bytes:
        """Its content. Raises Unusable with the reason why there is none to be had."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Something in the source that is counted, and not read."""

    reason: Reason
    read_ahead: ClassVar[bool] = False
    place: ClassVar[str] = ""

    def read(self) -> NoReturn:
        """Raises Unusable."""
        raise Unusable(self.reason)


def items(place: str, leave_out: str | None = None) -> Iterator[Item]:
    """The files of a source in a stable order; the folder or prefix ``leave_out``, where the images go, is not read.

    Raises BadInput where there is no such source, and botocore's errors where S3 does not list it.
    """
    if place.startswith("s3://"):
        from gtctl.scans.sources import bucket

        return bucket.items(place, leave_out)
    from gtctl.scans.sources import archive, dicomdir, folder

    path = Path(place)
    if path.is_dir():
        return folder.items(path, Path(leave_out) if leave_out else None)
    if not path.is_file():
        raise BadInput(
            "SRC is neither a file nor a folder: name a DICOM file, a folder, a DICOMDIR, a zip archive, "
            "or s3://bucket/prefix"
        )
    try:
        with path.open("rb") as stream:
            head = stream.read(1024)
    except OSError as error:
        raise BadInput(f"SRC cannot be read: {error.strerror}") from None
    if head.startswith(_ZIP):
        return archive.items(path)
    if _DIRECTORY_UID.search(head):
        return dicomdir.items(path)
    return iter([folder.File(path)])
