"""What people vouch for because no tool can decide it: a file of attestations (``gtctl audit --attestations FILE``).

TOML or YAML, with ``attestation`` as a list of tables, each with framework, requirement, statement, owner, date and,
unless it holds for good, expires (the last day). The schema is beside this file.
"""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path

import msgspec

from gtctl.audit import frameworks
from gtctl.audit.outcome import Attestation
from gtctl.errors import BadInput


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    framework: str
    requirement: str
    statement: str
    owner: str
    date: datetime.date
    expires: datetime.date | None = None


def load(file: Path) -> tuple[Attestation, ...]:
    """The attestations in ``file``, in its order.

    Raises BadInput for a file that cannot be read, an entry that lacks something, and a requirement that there is not.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot read the attestations in {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: is not UTF-8 text") from error
    if file.suffix == ".toml":
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"{file}: is not TOML: {error}") from error
    else:
        from gtctl.jobs.yaml_text import read_yaml

        document = read_yaml(file)
    entries = document.get("attestation")
    if not isinstance(entries, list) or document.keys() != {"attestation"}:
        raise BadInput(f"{file}: needs attestation as a list, and nothing else")
    return tuple(_attestation(entry, f"{file}: attestation {number}") for number, entry in enumerate(entries, 1))


def _attestation(entry: object, place: str) -> Attestation:
    try:
        # Dates are TOML's own, or texts.
        read = msgspec.convert(msgspec.to_builtins(entry), _Entry)
    except (msgspec.ValidationError, TypeError) as error:
        raise BadInput(f"{place}: {error}") from error
    for name in ("framework", "requirement", "statement", "owner"):
        if not getattr(read, name).strip():
            raise BadInput(f"{place}: {name} must say something")
    if read.expires and read.expires < read.date:
        raise BadInput(f"{place}: expires is before its date")
    listings = {listing.key: listing for listing in frameworks.load()}
    if read.framework not in listings:
        raise BadInput(f"{place}: there is no framework {read.framework!r}; there are {', '.join(sorted(listings))}")
    if listings[read.framework].named(read.requirement) is None:
        raise BadInput(f"{place}: {read.framework} has no requirement {read.requirement!r}")
    return Attestation(
        framework=read.framework,
        requirement=read.requirement,
        statement=read.statement,
        owner=read.owner,
        date=read.date,
        expires=read.expires,
    )
