"""Finds the root modules that Terraform code belongs to, wherever in the repository they call it."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".tf", ".tf.json", ".tofu", ".tofu.json")
"""Terraform's files, and OpenTofu's."""
_LOCAL_SOURCE = re.compile(rb'\bsource"?\s*[=:]\s*"(\.\.?/[^"]*)"')
_NOT_OURS = {"node_modules", "__pycache__"}
_MOST_DIRECTORIES = 20_000


def root_modules(directories: set[str]) -> list[str]:
    """The root modules that call any of ``directories``, and those of them that nobody calls."""
    callers: dict[str, set[str]] = {}
    for scope in {_scope(directory) for directory in directories}:
        for directory, called in _calls(scope):
            for each in called:
                callers.setdefault(each, set()).add(directory)
    roots: set[str] = set()
    for directory in directories:
        seen: set[str] = set()
        waiting = [directory]
        while waiting:
            each = waiting.pop()
            if each in seen:
                continue
            seen.add(each)
            above = callers.get(each, set()) - seen
            waiting += above
            if not callers.get(each):
                roots.add(each)
        if not roots & seen:
            roots.add(directory)  # modules that call each other in a circle
    return sorted(roots)


def _scope(directory: str) -> str:
    """Where callers of ``directory`` are looked for: its repository, else the working folder, else itself."""
    here = Path(directory).absolute()
    for folder in (here, *here.parents):
        if (folder / ".git").exists():
            return os.path.relpath(folder) if not posixpath.isabs(directory) else str(folder)
    if here.is_relative_to(Path.cwd()):
        return "." if not posixpath.isabs(directory) else str(Path.cwd())
    return directory


def _calls(scope: str) -> Iterator[tuple[str, set[str]]]:
    """The directories below ``scope`` that call local modules, each with what it calls."""
    for count, (folder, below, names) in enumerate(os.walk(scope)):
        below[:] = [name for name in below if name not in _NOT_OURS and not name.startswith(".")]
        if count > _MOST_DIRECTORIES:
            return
        called: set[str] = set()
        for name in names:
            if name.endswith(SUFFIXES):
                try:
                    content = Path(folder, name).read_bytes()
                except OSError:
                    continue
                for source in _LOCAL_SOURCE.findall(content):
                    path = posixpath.join(folder, source.decode(errors="replace"))
                    called.add(posixpath.normpath(path))
        if called:
            yield posixpath.normpath(folder), called
