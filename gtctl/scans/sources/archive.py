"""Files in a zip archive, read straight from it: nothing is unpacked to disk, and archives within are not opened."""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import ClassVar

from gtctl.errors import BadInput
from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.sources import MAX_SOURCE_BYTES, Item, Refused

MAX_RATIO = 250
"""How many times its packed size a large file may have: scans pack two to four times, bombs a thousand times."""
LARGE = 256 * 1024**2

_ENCRYPTED = 0x1
_LOCAL_HEADER_BYTES = 30
_UNIX = 3


@dataclass(frozen=True, slots=True)
class Member:
    """The file at a place in the archive's directory."""

    archive: Path = field(repr=False)
    number: int
    name: str = field(repr=False)
    read_ahead: ClassVar[bool] = False

    @property
    def place(self) -> str:
        """The archive's path and the name in it."""
        return f"{self.archive}!{self.name}"

    def read(self) -> bytes:
        """Its content. Raises Unusable."""
        try:
            archive = _opened(self.archive, self.archive.stat().st_mtime_ns)
            # zipfile gives no more than the directory says, and checks size and CRC.
            return archive.read(archive.infolist()[self.number])
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError):
            raise Unusable(Reason.BROKEN) from None
        except (OSError, NotImplementedError, RuntimeError):
            # An unknown kind of packing is a NotImplementedError; bz2 says OSError for damaged data.
            raise Unusable(Reason.UNREADABLE) from None


def items(path: Path) -> Iterator[Item]:
    """The files of an archive in the order of its directory. Raises BadInput where that cannot be read."""
    path = path.absolute()
    try:
        with zipfile.ZipFile(path) as archive:
            members, end = archive.infolist(), archive.start_dir
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise BadInput("SRC is a zip archive whose directory cannot be read: unpack it, and name the folder") from None
    shared = _sharing_bytes(members, end)
    for number, member in enumerate(members):
        if member.is_dir():
            continue
        reason = Reason.BOMB if number in shared else _refusal(member)
        yield Refused(reason) if reason else Member(path, number, member.filename)


def _refusal(member: zipfile.ZipInfo) -> Reason | None:
    name = PurePosixPath(member.orig_filename)
    foreign = set(member.orig_filename) & set("\\\0") or PureWindowsPath(member.orig_filename).drive
    if name.is_absolute() or ".." in name.parts or foreign:
        return Reason.OUTSIDE
    mode = member.external_attr >> 16
    if member.create_system == _UNIX and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Reason.NOT_A_FILE
    if member.flag_bits & _ENCRYPTED:
        return Reason.ENCRYPTED
    if member.file_size > MAX_SOURCE_BYTES:
        return Reason.TOO_LARGE
    if member.file_size > LARGE and member.file_size > MAX_RATIO * member.compress_size:
        return Reason.BOMB
    return None


def _sharing_bytes(members: list[zipfile.ZipInfo], end: int) -> set[int]:
    """The files whose packed bytes are those of others too: how a small archive unpacks to petabytes."""
    order = sorted(range(len(members)), key=lambda number: members[number].header_offset)
    shared: set[int] = set()
    for number, following in zip(order, [*order[1:], None], strict=False):
        member = members[number]
        limit = end if following is None else members[following].header_offset
        if member.header_offset + _LOCAL_HEADER_BYTES + member.compress_size > limit:
            shared.add(number)
            if following is not None:
                shared.add(following)
    return shared


@lru_cache(maxsize=1)
def _opened(path: Path, _changed: int) -> zipfile.ZipFile:
    """The archive, opened once in each process that reads from it, and again when it has changed."""
    return zipfile.ZipFile(path)
