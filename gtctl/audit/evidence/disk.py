"""The files that readers look at: as UTF-8, whatever they are written in, and noted down.

What a verdict depends on is more than the file that it is about: modules, values, the texts that code names, and what
is not there. The cache of verdicts has to know all of it, so no reader opens a file by itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_LARGEST_TEXT = 1 << 20
_MARKS = {b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_BOM = b"\xef\xbb\xbf"
# Without a mark: a document or a program begins with two characters of ASCII. By which of four bytes are zero.
_ZEROS = {"0x0x": "utf-16-be", "x0x0": "utf-16-le", "000x": "utf-32-be", "x000": "utf-32-le"}


def utf8(content: bytes) -> bytes:
    """``content`` as UTF-8 without a byte order mark, as far as its first bytes tell in what it is written.

    JSON and YAML may be UTF-16, and scripts of PowerShell often are.
    """
    if content.startswith(_BOM):
        return content[len(_BOM) :]
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "")
    if not encoding and b"\0" in content[:4]:
        encoding = _ZEROS.get("".join("x" if byte else "0" for byte in content[:4]), "")
    if not encoding:
        return content
    try:
        return content.decode(encoding).encode()
    except UnicodeError:
        return content


def fingerprint(content: bytes) -> str:
    """What tells ``content`` from all other contents."""
    try:
        # hashlib has the same function, and loads OpenSSL.
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b
    return blake2b(content, digest_size=20).hexdigest()


class Disk:
    """Reads files and folders, and notes what was there: question -> fingerprint of the answer, in ``noted``."""

    def __init__(self) -> None:
        self.noted: dict[str, str] = {}

    def content(self, path: str) -> bytes:
        """A file's bytes as UTF-8. Raises OSError."""
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            self.noted[f"content {path}"] = f"error {error.errno}"
            raise
        self.noted[f"content {path}"] = fingerprint(content)
        return utf8(content)

    def text(self, path: str) -> str | None:
        """A file's text; None where it cannot be read, is no text, or is too large to be one that code names."""
        try:
            if Path(path).stat().st_size > _LARGEST_TEXT:
                raise OverflowError
            content = Path(path).read_bytes()
        except (OSError, ValueError, OverflowError):
            self.noted[f"text {path}"] = "none"
            return None
        self.noted[f"text {path}"] = fingerprint(content)
        try:
            return utf8(content).decode()
        except UnicodeDecodeError:
            return None

    def names(self, folder: str, suffixes: tuple[str, ...]) -> list[str]:
        """The names in a folder that end with one of ``suffixes``, sorted; none where it cannot be read."""
        try:
            with os.scandir(folder or ".") as entries:
                names = sorted(entry.name for entry in entries if entry.name.endswith(suffixes))
        except OSError:
            names = []
        listed = "\0".join(names).encode(errors="surrogateescape")
        self.noted[f"names {','.join(suffixes)} {folder}"] = fingerprint(listed)
        return names


def unchanged(noted: Mapping[str, str], known: dict[str, str]) -> bool:
    """Whether the disk would answer as it did. ``known`` keeps the answers for the next time that they are asked."""
    for question, answer in noted.items():
        if question not in known:
            known[question] = _asked(question)
        if known[question] != answer:
            return False
    return True


def _asked(question: str) -> str:
    disk = Disk()
    kind, _, rest = question.partition(" ")
    match kind:
        case "content":
            with suppress(OSError):
                disk.content(rest)
        case "text":
            disk.text(rest)
        case "names":
            suffixes, _, folder = rest.partition(" ")
            disk.names(folder, tuple(suffixes.split(",")))
    return disk.noted.get(question, "")
