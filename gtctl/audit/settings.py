"""What the user says about their account: ``gtctl.toml``, or ``[tool.gtctl]`` of pyproject.toml."""

from __future__ import annotations

import datetime
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from gtctl.audit.model import Location, Severity
from gtctl.errors import BadInput

CLASSIFICATIONS = ("phi", "legal", "financial", "pii", "public")
_SEVERITIES = tuple(str(severity) for severity in Severity)
_LISTS = ("allowed_workteams", "own_accounts", "exclude")
_TABLES = {"classification": CLASSIFICATIONS, "severity": _SEVERITIES}
_WAIVER = ("rule", "resource", "owner", "reason", "expires")


@dataclass(frozen=True, slots=True)
class Waiver:
    """A risk that somebody accepted until a day. ``resource`` is a pattern of addresses; ``location`` is its own."""

    rule: str
    resource: str
    owner: str
    reason: str
    expires: datetime.date
    location: Location


@dataclass(frozen=True, slots=True)
class Settings:
    """classification: pattern of a bucket or S3 URI -> one of CLASSIFICATIONS; the longest pattern that fits wins.
    allowed_workteams: patterns of workteam ARNs that may see images; empty: any private one of our accounts.
    own_accounts: account ids that are ours; empty: not known.
    severity: rule id -> severity. exclude: patterns of paths that are not read. waivers: what is accepted.
    folder: that of the settings' file, absolute, which patterns of paths are relative to; "" is the working folder.
    """

    classification: Mapping[str, str] = field(default_factory=dict)
    allowed_workteams: Sequence[str] = ()
    own_accounts: Sequence[str] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    exclude: Sequence[str] = ()
    waivers: Sequence[Waiver] = ()
    folder: str = ""

    def class_of(self, place: Any) -> str:
        """What the data at ``place`` (bucket name or S3 URI) is classified as; "" where nothing is said about it."""
        if not isinstance(place, str):
            return ""
        name = place.removeprefix("s3://")
        fitting = [pattern for pattern in self.classification if _fits(name, pattern.removeprefix("s3://"))]
        return self.classification[max(fitting, key=len)] if fitting else ""

    def is_sensitive(self, place: Any) -> bool:
        """Whether images at ``place`` (bucket name or S3 URI) are sensitive: all are that are not declared public."""
        return self.class_of(place) != "public"

    def excludes(self, path: str) -> bool:
        """Whether a file or folder is not to be read."""
        if not self.exclude:
            return False
        name = path.removeprefix("./")
        if self.folder:
            name = posixpath.normpath(Path(path).absolute()).removeprefix(f"{self.folder.rstrip('/')}/")
        return any(
            fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern.rstrip('/')}/*") for pattern in self.exclude
        )


def load(file: Path | None = None, paths: Sequence[str] = (".",)) -> Settings:
    """The settings in ``file``; without one, in the nearest gtctl.toml or pyproject.toml of the folder that holds all
    of ``paths`` and of those above it, to the repository's top. Raises BadInput for settings that make no sense."""
    file = file or _nearest(_holding(paths))
    if file is None:
        return Settings()
    import tomllib

    try:
        text = file.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        raise BadInput(f"cannot read the settings in {file}: {error.strerror}") from error
    except ValueError as error:
        raise BadInput(f"{file}: is not TOML: {error}") from error
    if file.name == "pyproject.toml":
        document = document.get("tool", {}).get("gtctl", {})
    return _settings(document, file, text)


def _holding(paths: Sequence[str]) -> Path:
    """The nearest folder that all of ``paths`` lie in."""
    folders = [path if path.is_dir() else path.parent for path in (Path(each).absolute() for each in paths)]
    return Path(posixpath.commonpath([posixpath.normpath(folder) for folder in folders or [Path.cwd()]]))


def _nearest(here: Path) -> Path | None:
    for folder in (here, *here.parents):
        if (folder / "gtctl.toml").is_file():
            return folder / "gtctl.toml"
        pyproject = folder / "pyproject.toml"
        if pyproject.is_file() and b"[tool.gtctl" in pyproject.read_bytes():
            return pyproject
        if (folder / ".git").exists():
            return None
    return None


def _settings(document: Mapping[str, Any], file: Path, text: str) -> Settings:
    folder = posixpath.normpath(file.absolute().parent)
    if Path(folder).is_relative_to(Path.cwd()):
        file = file.absolute().relative_to(Path.cwd())
    known = {*_LISTS, *_TABLES, "waiver"}
    if unknown := sorted(document.keys() - known):
        raise BadInput(f"{file}: {unknown[0]} is not a setting; there are {', '.join(sorted(known))}")
    for name in _LISTS:
        value = document.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise BadInput(f"{file}: {name} must be a list of texts")
    for name, allowed in _TABLES.items():
        table = document.get(name, {})
        if not isinstance(table, dict):
            raise BadInput(f"{file}: {name} must be a table")
        for key, value in table.items():
            if value not in allowed:
                raise BadInput(f"{file}: {name}.{key} must be one of {', '.join(allowed)}")
    waivers = document.get("waiver", [])
    if not isinstance(waivers, list):
        raise BadInput(f"{file}: write waivers as [[waiver]]")
    lines = [
        number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith("[[") and "waiver" in line
    ]
    return Settings(
        classification=document.get("classification", {}),
        allowed_workteams=tuple(document.get("allowed_workteams", ())),
        own_accounts=tuple(document.get("own_accounts", ())),
        severity={rule.upper(): value for rule, value in document.get("severity", {}).items()},
        exclude=tuple(document.get("exclude", ())),
        waivers=tuple(
            _waiver(entry, Location(str(file), lines[at] if at < len(lines) else 1)) for at, entry in enumerate(waivers)
        ),
        folder=folder,
    )


def _waiver(entry: Any, location: Location) -> Waiver:
    place = f"{location.file}:{location.line}"
    if not isinstance(entry, dict) or entry.keys() != set(_WAIVER):
        raise BadInput(f"{place}: a waiver needs {', '.join(_WAIVER)}, and nothing else")
    expires = entry["expires"]
    if not isinstance(expires, datetime.date) or isinstance(expires, datetime.datetime):
        raise BadInput(f"{place}: expires must be a day, without quotes: 2027-01-31")
    texts = [entry[name] for name in _WAIVER[:-1]]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise BadInput(f"{place}: {', '.join(_WAIVER[:-1])} must be texts that say something")
    return Waiver(texts[0].upper(), texts[1], texts[2], texts[3], expires, location)


def _fits(name: str, pattern: str) -> bool:
    # A pattern without a key takes in the whole bucket.
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern.rstrip('/*')}/*")
