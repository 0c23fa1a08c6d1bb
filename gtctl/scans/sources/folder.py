"""Files of a folder, with everything below it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.sources import MAX_SOURCE_BYTES, Item, Refused


@dataclass(frozen=True, slots=True)
class File:
    """A file on a path that every worker can read."""

    path: Path = field(repr=False)
    read_ahead: ClassVar[bool] = False

    @property
    def place(self) -> str:
        """Its path."""
        return str(self.path)

    def read(self) -> bytes:
        """Its content. Raises Unusable."""
        try:
            # Opening a pipe or a device could wait forever.
            if not self.path.is_file():
                raise Unusable(Reason.NOT_A_FILE)
            if self.path.stat().st_size > MAX_SOURCE_BYTES:
                raise Unusable(Reason.TOO_LARGE)
            return self.path.read_bytes()
        except OSError:
            raise Unusable(Reason.UNREADABLE) from None


def items(source: Path, leave_out: Path | None) -> Iterator[Item]:
    """The files below ``source``, folder by folder, each in sorted order; ``leave_out`` and all below it are not.

    Folders that cannot be read, and links to folders, which are not followed, are given too: to be counted, not
    passed over.
    """
    own = leave_out.resolve() if leave_out else None
    unreadable = 0

    def count(_error: OSError) -> None:
        nonlocal unreadable
        unreadable += 1

    for folder, folders, names in os.walk(source.absolute(), onerror=count):
        here = Path(folder)
        if own and here.resolve() == own:
            folders.clear()
            continue
        folders.sort()
        links = [name for name in folders if (here / name).is_symlink()]
        yield from (File(here / name) for name in sorted([*names, *links]))
    for _ in range(unreadable):
        yield Refused(Reason.UNREADABLE)
