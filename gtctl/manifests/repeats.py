"""Finds what stands twice among any number of lines, in flat memory: hashes go to temporary files."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import IO

# So many hashes are looked at together: ten megabytes or so.
_AT_ONCE = 1 << 17
_MOST_PARTS = 64
_BYTES = 8


class Repeats:
    """Lines with what is to stand once, and with what may differ where it stands twice; numbered from 1.

    Both are told apart by Python's own hashes of 64 bits: among a million texts two are taken for the same once in
    thirty million runs.
    """

    def __init__(self) -> None:
        self.count = 0
        self._keys = tempfile.TemporaryFile()  # noqa: SIM115
        self._contents = tempfile.TemporaryFile()  # noqa: SIM115

    def __enter__(self) -> Repeats:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._keys.close()
        self._contents.close()

    def add(self, keys: Iterable[Hashable], contents: Sequence[Hashable] = ()) -> None:
        """The next lines. ``contents`` are of the same number in every call, or are not given in any."""
        hashes = array("q", map(hash, keys))
        self.count += len(hashes)
        hashes.tofile(self._keys)
        if contents:
            array("q", map(hash, contents)).tofile(self._contents)

    def found(self) -> Iterator[tuple[int, int, bool]]:
        """(line, the line before it with the same key, whether the contents are the same), in no certain order if
        there are more than 100,000 lines.
        """
        parts = min(self.count // _AT_ONCE + 1, _MOST_PARTS)
        with ExitStack() as files:
            streams = [files.enter_context(tempfile.TemporaryFile()) for _ in range(parts)]
            self._distribute(streams)
            for part, stream in enumerate(streams):
                count = stream.tell() // _BYTES
                if len(set(_read(stream, 0, count))) < count:
                    yield from self._found_in(part, parts)

    def _distribute(self, streams: Sequence[IO[bytes]]) -> None:
        """Write each hash to the stream of its part."""
        parts = len(streams)
        for chunk in self._chunks():
            arrays = [array("q") for _ in streams]
            add_to = [each.append for each in arrays]
            for each in chunk:
                add_to[each % parts](each)
            for of_part, stream in zip(arrays, streams, strict=True):
                of_part.tofile(stream)

    def _found_in(self, part: int, parts: int) -> Iterator[tuple[int, int, bool]]:
        last: dict[int, int] = {}
        line = 0
        for chunk in self._chunks():
            for each in chunk:
                line += 1
                if each % parts == part:
                    if before := last.get(each):
                        yield line, before, self._content(line) == self._content(before)
                    last[each] = line

    def _chunks(self) -> Iterator[array[int]]:
        for start in range(0, self.count, _AT_ONCE):
            yield _read(self._keys, start, min(_AT_ONCE, self.count - start))

    def _content(self, line: int) -> array[int]:
        return _read(self._contents, line - 1, 1)


def _read(stream: IO[bytes], start: int, count: int) -> array[int]:
    stream.seek(start * _BYTES)
    return array("q", stream.read(count * _BYTES))
