"""Requirements of frameworks (HIPAA, NIST, CIS) and what an audit's verdicts say about each.

A framework is a file ``policies/frameworks/*.yaml``; adding one is adding a file. Rules name the requirements that they
answer in their own metadata (``Rule.controls``); a file may name further rules and checkov's checks by their ids.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

from gtctl.assets import asset_root
from gtctl.audit.outcome import Attestation, Coverage, Framework, Requirement, Tally
from gtctl.errors import BadInput

__all__ = ["Group", "Listed", "Listing", "Tally", "assess", "load", "read"]


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A requirement as its file lists it. by_hand: people decide it. aliases: other ids that rules may use for it.

    rules: ids of rules and checks that speak about it, beside those that name it themselves.
    """

    id: str
    title: str
    level: str = ""
    by_hand: bool = False
    aliases: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a framework."""

    title: str
    requirements: tuple[Listed, ...]


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A framework's file. key: the name under which rules map to it.

    parts: a pattern of what rules may add to an id to name a part of the requirement (``AU-9a``); "" for nothing.
    """

    key: str
    title: str
    version: str
    source: str
    groups: tuple[Group, ...]
    parts: str = ""

    def requirements(self) -> dict[str, Listed]:
        """Every requirement, by its id and by its aliases."""
        every = [each for group in self.groups for each in group.requirements]
        return {name: each for each in every for name in (each.id, *each.aliases)}

    def named(self, requirement_id: str) -> str | None:
        """The id of the requirement that a rule means by ``requirement_id``; None where there is no such one."""
        known = self.requirements()
        while requirement_id not in known:
            shorter = re.fullmatch(f"(.+?)(?:{self.parts})", requirement_id) if self.parts else None
            if shorter is None:
                return None
            requirement_id = shorter[1]
        return known[requirement_id].id


@cache
def load() -> tuple[Listing, ...]:
    """Every framework there is, in the order of the files' names."""
    return tuple(read(file) for file in sorted((asset_root() / "policies" / "frameworks").glob("*.yaml")))


def read(file: Path) -> Listing:
    """The framework in ``file``. Raises BadInput where the file is none."""
    import yaml

    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(file.read_text(encoding="utf-8"))
        document = loader.get_single_data()
        listing = msgspec.convert(document, Listing)
        re.compile(listing.parts)
    except OSError as error:
        raise BadInput(f"cannot read the framework {file}: {error.strerror}") from error
    except (ValueError, yaml.YAMLError, re.error) as error:
        raise BadInput(f"{file}: is no framework: {' '.join(str(error).split())}") from error
    ids = [name for group in listing.groups for each in group.requirements for name in (each.id, *each.aliases)]
    if twice := next((name for name in ids if ids.count(name) > 1), None):
        raise BadInput(f"{file}: {twice} stands there twice")
    return listing


def assess(
    tallies: Mapping[str, Tally],
    controls: Mapping[str, Mapping[str, Sequence[str]]],
    attestations: Sequence[Attestation] = (),
    *,
    today: datetime.date | None = None,
) -> tuple[Framework, ...]:
    """Every framework with the coverage of each requirement.

    tallies: rule id -> its verdicts. controls: rule id -> framework key -> ids of requirements (``Rule.controls``).
    A requirement is VIOLATED by any failure without a waiver; else UNKNOWN while a verdict is open or a failure is
    waived (the risk is accepted, the requirement is not met); MET where all that was judged passed; NOT_COVERED where
    no rule speaks about it, or none found anything to judge. One that people decide is never MET: it is ATTESTED while
    somebody vouches for it, and UNKNOWN once that has expired.
    """
    day = today or datetime.datetime.now(datetime.UTC).date()
    return tuple(_framework(listing, tallies, controls, attestations, day) for listing in load())


def _framework(
    listing: Listing,
    tallies: Mapping[str, Tally],
    controls: Mapping[str, Mapping[str, Sequence[str]]],
    attestations: Sequence[Attestation],
    today: datetime.date,
) -> Framework:
    speaking: dict[str, set[str]] = {}
    for rule_id, mapped in controls.items():
        for name in mapped.get(listing.key, ()):
            if requirement_id := listing.named(name):
                speaking.setdefault(requirement_id, set()).add(rule_id)
    attested: dict[str, Attestation] = {}
    for each in attestations:
        if each.framework == listing.key and (requirement_id := listing.named(each.requirement)):
            known = attested.get(requirement_id)
            if known is None or _end(known) < _end(each):
                attested[requirement_id] = each
    return Framework(
        key=listing.key,
        title=listing.title,
        version=listing.version,
        source=listing.source,
        requirements=[
            _requirement(
                each,
                group.title,
                sorted(speaking.get(each.id, set()).union(each.rules)),
                tallies,
                attested.get(each.id),
                today,
            )
            for group in listing.groups
            for each in group.requirements
        ],
    )


def _requirement(
    listed: Listed,
    group: str,
    rules: Sequence[str],
    tallies: Mapping[str, Tally],
    attestation: Attestation | None,
    today: datetime.date,
) -> Requirement:
    found = [tallies[rule_id] for rule_id in rules if rule_id in tallies]
    tally = Tally(
        failed=sum(each.failed for each in found),
        unknown=sum(each.unknown for each in found),
        passed=sum(each.passed for each in found),
        waived=sum(each.waived for each in found),
    )
    coverage, reason = _coverage(tally, listed.by_hand, bool(rules), attestation, today)
    return Requirement(
        id=listed.id,
        title=listed.title,
        coverage=coverage,
        group=group,
        level=listed.level,
        reason=reason,
        rules=rules,
        failed=tally.failed,
        unknown=tally.unknown,
        passed=tally.passed,
        waived=tally.waived,
        by_hand=listed.by_hand,
        attestation=attestation,
    )


def _coverage(
    tally: Tally, by_hand: bool, any_rule: bool, attestation: Attestation | None, today: datetime.date
) -> tuple[Coverage, str]:
    if tally.failed:
        return Coverage.VIOLATED, ""
    if tally.unknown:
        return Coverage.UNKNOWN, f"{tally.unknown} could not be decided"
    if tally.waived:
        return Coverage.UNKNOWN, f"{tally.waived} failed and {'is' if tally.waived == 1 else 'are'} waived"
    if tally.passed and not by_hand:
        return Coverage.MET, ""
    if attestation and _end(attestation) < today:
        return Coverage.UNKNOWN, f"what {attestation.owner} attested expired on {attestation.expires}"
    if attestation and attestation.date > today:
        return Coverage.UNKNOWN, f"what {attestation.owner} attested holds only from {attestation.date}"
    if attestation:
        return Coverage.ATTESTED, ""
    if by_hand:
        return Coverage.NOT_COVERED, "people decide it, and nobody attests it"
    return Coverage.NOT_COVERED, "nothing was found to judge" if any_rule else "no rule speaks about it"


def _end(attestation: Attestation) -> datetime.date:
    """The last day on which it holds."""
    return attestation.expires or datetime.date.max
