"""Files that a DICOMDIR names (PS3.3 annex F, PS3.10 section 8): those and no others."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from gtctl.errors import BadInput
from gtctl.scans.skipping import Reason
from gtctl.scans.sources import Item, Refused
from gtctl.scans.sources.folder import File

MAX_DIRECTORY_BYTES = 256 * 1024**2

# Directory Record Sequence (0004,1220) in explicit VR little endian, which a DICOMDIR always has (PS3.10 8.6).
_RECORDS = b"\x04\x00\x20\x12SQ\0\0"
_UNDEFINED = 0xFFFFFFFF
_ITEM, _END_OF_SEQUENCE = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0\0\0\0\0"


def items(path: Path) -> Iterator[Item]:
    """What the records name, in their order. A file that is missing or lies outside the DICOMDIR's folder is refused.

    Raises BadInput where the DICOMDIR itself cannot be read.
    """
    root = path.absolute().parent
    for parts in _file_ids(path):
        yield _item(root, parts)


def _file_ids(path: Path) -> list[list[str]]:
    """The Referenced File ID of every record that has one, as its components."""
    from pydicom import dcmread
    from pydicom.multival import MultiValue

    from gtctl.scans.dicom import quiet

    if path.stat().st_size > MAX_DIRECTORY_BYTES:
        raise BadInput(f"SRC is a DICOMDIR of more than {MAX_DIRECTORY_BYTES // 1024**2} MiB: name its folder instead")
    try:
        content = path.read_bytes()
        _refuse_broken_off(content)
        with quiet():
            records = dcmread(BytesIO(content)).DirectoryRecordSequence
            ids = [record.ReferencedFileID for record in records if record.get("ReferencedFileID")]
    except Exception:
        # Whatever a hostile file makes the parser raise: its text may quote the file.
        raise BadInput("SRC is a DICOMDIR that cannot be read: name its folder instead") from None
    return [[str(part) for part in (each if isinstance(each, MultiValue) else [each])] for each in ids]


def _refuse_broken_off(content: bytes) -> None:
    """Raise ValueError where the records do not reach their end: pydicom would leave out the rest without a word."""
    head = content.index(_RECORDS)
    start = head + len(_RECORDS) + 4
    length = int.from_bytes(content[start - 4 : start], "little")
    if length == _UNDEFINED:
        if _END_OF_SEQUENCE not in content[content.rfind(_ITEM) :]:
            raise ValueError("no end of the sequence")
    elif start + length > len(content):
        raise ValueError("shorter than the sequence")


def _item(root: Path, parts: list[str]) -> Item:
    if any(part in ("", ".", "..") or set(part) & set("/\\:\0") for part in parts):
        return Refused(Reason.OUTSIDE)
    found = root
    try:
        for part in parts:
            below = _child(found, part)
            if below is None:
                return Refused(Reason.MISSING)
            found = below
        if not found.resolve().is_relative_to(root.resolve()):
            return Refused(Reason.OUTSIDE)
    except (OSError, RuntimeError):
        # RuntimeError: a loop of links, in Python before 3.13.
        return Refused(Reason.UNREADABLE)
    return File(found)


def _child(folder: Path, name: str) -> Path | None:
    """File IDs are in capitals; on many a copied disc the names are not."""
    exact = folder / name
    if exact.exists() or exact.is_symlink():
        return exact
    if not folder.is_dir():
        return None
    return next((each for each in sorted(folder.iterdir()) if each.name.upper() == name.upper()), None)
