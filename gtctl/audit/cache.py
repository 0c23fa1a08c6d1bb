"""Verdicts of earlier runs: what has not changed since is neither parsed nor judged again.

An entry holds what the rules said about one unit (a root module, a file) and the fingerprint of everything that this
hung on: the unit's files, and whatever else of the disk its reader asked for, be it there or not. It is looked up by
what else decides: gtctl's version and code, the rules, the settings that rules see, the working folder. An entry that
does not fit in every respect is not used.

Whoever can write an entry can hide a violation. So the folder is the user's own, never one of the checked code's; one
that belongs to somebody else, or that others may enter, is not used at all, and nothing in it is ever executed.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from gtctl import __version__
from gtctl.assets import asset_root
from gtctl.audit import engine
from gtctl.audit.evidence.disk import fingerprint, unchanged
from gtctl.audit.model import Finding, Location, Severity, Verdict
from gtctl.audit.registry import Registered
from gtctl.audit.rule import Rule
from gtctl.audit.settings import Settings

MOST_BYTES = 64 << 20
"""How large the cache may grow; then the oldest half goes."""
_LARGEST_ENTRY = 16 << 20


def folder() -> Path | None:
    """Where the user's cache is: in ``$GTCTL_HOME``, ``$XDG_CACHE_HOME/gtctl`` or ``~/.cache/gtctl``; None where there
    is no home."""
    if home := os.environ.get("GTCTL_HOME"):
        return Path(home).absolute() / "cache" / "check"
    if (caches := os.environ.get("XDG_CACHE_HOME")) and Path(caches).is_absolute():
        return Path(caches) / "gtctl" / "check"
    try:
        return Path.home() / ".cache" / "gtctl" / "check"
    except RuntimeError:
        return None


class Cache:
    """The verdicts of ``rules`` under ``settings``. Whatever goes wrong with the folder, a check goes on without it."""

    def __init__(self, folder: Path, rules: Sequence[Registered], settings: Settings) -> None:
        self.folder = folder
        self.usable = _is_ours(folder)
        self.rules: dict[str, Rule] = {entry.rule.id: entry.rule for entry in rules} | engine.OWN_RULES
        self.known: dict[str, str] = {}
        self.written = False
        self.key = _key(sorted(entry.rule.id for entry in rules), settings) if self.usable else ""

    def findings(
        self, source: str, unit: str, given: bytes | None, judge: Callable[[dict[str, str]], Iterable[Finding]]
    ) -> list[Finding]:
        """What ``judge`` finds, or found when all was as it is now.

        given: the content of the unit's file; None where it notes all of its files. judge: gets a dict to note in what
        else it depends on.
        """
        if not self.usable:
            return list(judge({}))
        told = "" if given is None else fingerprint(given)
        file = self.folder / fingerprint(f"{self.key}\0{source}\0{unit}".encode(errors="surrogateescape"))
        if (entry := _entry(file)) and entry["given"] == told and unchanged(entry["noted"], self.known):
            with suppress(LookupError, TypeError, ValueError):
                return [self._finding(*each) for each in entry["findings"]]
        noted: dict[str, str] = {}
        found = list(judge(noted))
        self.known |= noted
        self._keep(file, {"given": told, "noted": noted, "findings": list(map(_row, found))})
        return found

    def trim(self) -> None:
        """Remove the oldest entries where there are too many. To be called when all is judged."""
        if not self.written:
            return
        with suppress(OSError), os.scandir(self.folder) as entries:
            files = sorted(((each.stat().st_mtime, each.stat().st_size, each.path) for each in entries), reverse=True)
            kept = 0
            whole = sum(size for _, size, _ in files)
            for _, size, path in files if whole > MOST_BYTES else ():
                kept += size
                if kept > MOST_BYTES // 2:
                    os.unlink(path)  # noqa: PTH108 - another run may be doing the same: the first error ends it

    def _finding(self, *row: Any) -> Finding:
        rule_id, verdict, severity, resource, source, file, line, observed, expected, begin, end = row
        rule = self.rules[rule_id]
        return Finding(
            rule_id=rule_id,
            verdict=Verdict(verdict),
            severity=Severity(severity),
            resource=resource,
            source=source,
            file=file,
            line=line,
            observed=observed,
            expected=expected,
            message=rule.title,
            remediation=rule.remediation,
            controls=rule.controls,
            place=Location(file, begin, end),
        )

    def _keep(self, file: Path, entry: Mapping[str, Any]) -> None:
        text = json.dumps(entry, separators=(",", ":")).encode()
        if len(text) > _LARGEST_ENTRY:
            return
        partial = self.folder / f"{file.name}.{os.urandom(4).hex()}"
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(fingerprint(text).encode() + b"\n" + text)
            # Not waiting for the disk: what a crash leaves half-written has another fingerprint.
            partial.replace(file)
            self.written = True
        except OSError:
            partial.unlink(missing_ok=True)


def _row(finding: Finding) -> list[Any]:
    place = finding.place
    return [
        *(finding.rule_id, finding.verdict, finding.severity, finding.resource, finding.source, finding.file),
        *(finding.line, finding.observed, finding.expected, place.line, place.end),
    ]


def _entry(file: Path) -> dict[str, Any] | None:
    """What the file holds; None where there is none, or it is not as it was written."""
    try:
        written, _, text = file.read_bytes().partition(b"\n")
        if written.decode() != fingerprint(text):
            return None
        entry: dict[str, Any] = json.loads(text)
    except (OSError, ValueError):
        return None
    return entry


def _is_ours(folder: Path) -> bool:
    """Whether the folder is there, the user's, and nobody else's; it is made where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = folder.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    return not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o077)


def _key(rules: Sequence[str], settings: Settings) -> str:
    """What decides about every verdict, besides the disk."""
    seen = [settings.classification, settings.allowed_workteams, settings.own_accounts, settings.severity]
    return json.dumps([__version__, sys.version, str(Path.cwd()), rules, seen, list(_code())], default=dict)


def _code() -> Iterator[tuple[str, int, int]]:
    """Name, size and time of change of all code that judges: what Python itself goes by."""
    package = Path(engine.__file__).parent.parent
    # Where libraries are installed: it changes with each that is.
    yield "libraries", 0, Path(click.__file__).parent.parent.stat().st_mtime_ns
    for top, pattern in (
        *((package / "audit", "**/*.py"), (package / "manifests", "*.py"), (package, "*.py")),
        (asset_root() / "policies", "*/*.py"),
    ):
        for file in sorted(top.glob(pattern)):
            status = file.stat()
            yield file.name, status.st_size, status.st_mtime_ns
