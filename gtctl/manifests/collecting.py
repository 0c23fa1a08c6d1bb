"""Lines that are collected aside, so that some of them can still be left out when all are known."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Hashable, Iterator, Sequence
from types import TracebackType
from typing import IO, BinaryIO, cast

from gtctl.manifests.lines import blocks, split
from gtctl.manifests.repeats import Repeats


class Collected:
    """The lines of a manifest to be, numbered from 1: in a temporary file, with what is to stand once in each."""

    def __init__(self) -> None:
        self._repeats = Repeats()
        self._lines = tempfile.TemporaryFile()  # noqa: SIM115
        self._left_out = bytearray()

    def __enter__(self) -> Collected:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._lines.close()
        self._repeats.__exit__(kind, error, at)

    @property
    def count(self) -> int:
        """How many lines there are, those that were left out among them."""
        return self._repeats.count

    def add(self, images: Sequence[str], lines: bytes, contents: Sequence[Hashable]) -> None:
        """The next lines; ``contents`` are equal for lines that say the same, and may be left out in all calls."""
        self._lines.write(lines)
        self._repeats.add(images, contents)

    def repeats(self) -> Iterator[tuple[int, int, bool]]:
        """(line, the line before it with the same image, whether they say the same)."""
        return self._repeats.found()

    def leave_out(self, line: int) -> None:
        """Do not write this line."""
        if not self._left_out:
            self._left_out = bytearray(self.count + 1)
        self._left_out[line] = True

    def write(self, target: IO[bytes]) -> int:
        """Write what is not left out, and give its number of lines."""
        self._lines.seek(0)
        if not self._left_out:
            shutil.copyfileobj(self._lines, target, 1 << 20)
            return self.count
        number = written = 0
        for block in blocks(cast(BinaryIO, self._lines)):
            for line in split(block):
                number += 1
                if not self._left_out[number]:
                    target.write(line + b"\n")
                    written += 1
        return written
