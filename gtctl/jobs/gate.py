"""The gate before a launch: refusals, the project's rules and the preflight, with waivers; and what came of it.

A FAIL closes it, and only a waiver opens it again (gtctl.toml, as for gtctl check); an UNKNOWN does, too, unless
whoever launches accepts what is unknown.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gtctl.audit.masking import masked
from gtctl.audit.model import Finding, Verdict
from gtctl.audit.waivers import waive
from gtctl.errors import Refused
from gtctl.jobs.render import Rendered

if TYPE_CHECKING:
    from gtctl.audit.settings import Settings
    from gtctl.jobs.dataset import Dataset

RULES = "Rules"
"""Group of what the project's rules say; the groups of the preflight are those of its registry."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was looked at: a rule or a check on one subject.

    finding: in the audit's shape, with its waiver. command: what mends it, or shows more; "" where all is well.
    """

    group: str
    finding: Finding
    command: str = ""

    @property
    def closes(self) -> bool:
        """Whether it closes the gate, unless unknowns are accepted."""
        return self.finding.verdict is not Verdict.PASS and not self.finding.waiver

    def as_json(self) -> dict[str, Any]:
        """As in the JSON output and in the launch record."""
        found = self.finding
        return {
            "group": self.group,
            "id": found.rule_id,
            "title": found.message,
            "verdict": str(found.verdict),
            "severity": str(found.severity),
            "subject": found.resource,
            "observed": found.observed,
            "fix": found.remediation if found.verdict is not Verdict.PASS else "",
            "command": self.command,
            "waiver": found.waiver,
        }


@dataclass(frozen=True, slots=True)
class Passage:
    """What the gate saw of one job. account: "" where nobody was asked; principal: who asked, without its session."""

    items: Sequence[Item]
    account: str = ""
    region: str = ""
    principal: str = ""
    requests: Mapping[str, int] | None = None

    def of(self, verdict: Verdict) -> list[Item]:
        """What came out so, and is not waived."""
        return [item for item in self.items if item.finding.verdict is verdict and not item.finding.waiver]

    @property
    def waived(self) -> list[Item]:
        return [item for item in self.items if item.finding.waiver]

    @property
    def verdict(self) -> Verdict:
        """The worst that is not waived."""
        return next((each for each in (Verdict.FAIL, Verdict.UNKNOWN) if self.of(each)), Verdict.PASS)

    @property
    def counts(self) -> str:
        """``51 passed, 2 failed, 1 unknown, 0 waived``"""
        passed = sum(1 for item in self.items if item.finding.verdict is Verdict.PASS)
        failed, unknown = len(self.of(Verdict.FAIL)), len(self.of(Verdict.UNKNOWN))
        return f"{passed} passed, {failed} failed, {unknown} unknown, {len(self.waived)} waived"

    def as_json(self) -> dict[str, Any]:
        """As a JSON object; identifiers of people and secrets are masked, as in every report."""
        return masked(
            {
                "verdict": str(self.verdict),
                "account": self.account,
                "region": self.region,
                "principal": self.principal,
                "items": [item.as_json() for item in self.items],
            }
        )

    def require(self, *, accept_unknown: bool) -> None:
        """Raise Refused, in one line, where the gate stays closed."""
        failed, unknown = self.of(Verdict.FAIL), self.of(Verdict.UNKNOWN)
        if failed:
            raise Refused(f"refused: {_told(failed)}; gtctl job check tells each fix, and waivers are in gtctl.toml")
        if unknown and not accept_unknown:
            raise Refused(f"refused, as it is unknown: {_told(unknown)}; accept that with --accept-unknown")


def offline(rendered: Rendered, settings: Settings, source: str) -> Passage:
    """What the rules say of the request alone; nobody is asked."""
    from gtctl.jobs.preflight import judging

    job = judging.request(rendered, source)
    return Passage(_waived([Item(RULES, each) for each in judging.judge(job, None, settings)], settings))


def preflight(rendered: Rendered, dataset: Dataset, settings: Settings, source: str) -> Passage:
    """What rules and preflight say of the job in its account. Raises EnvironmentFailed where nobody can be asked."""
    from gtctl.jobs.preflight import judging, run
    from gtctl.jobs.preflight.model import finding
    from gtctl.jobs.preflight.scene import read

    scene = read(rendered.request, dataset, settings)
    try:
        job = judging.request(rendered, source)
        items = [
            Item(RULES, each, "" if each.verdict is Verdict.PASS else judging.command(each, scene.graph))
            for each in judging.judge(job, scene.graph, settings)
        ]
        items += [Item(group, finding(check, outcome), outcome.command) for group, check, outcome in run(scene)]
    finally:
        scene.reader.close()
    reader = scene.reader
    return Passage(
        _waived(items, settings), reader.account, scene.region, reader.principal, dict(sorted(reader.requests.items()))
    )


def _waived(items: Sequence[Item], settings: Settings) -> list[Item]:
    found = waive(
        [item.finding for item in items],
        settings.waivers,
        {},
        today=datetime.datetime.now(datetime.UTC).date(),
        complete=False,
        rules=set(),
    )
    # What waive adds is about waivers of other things: those are for gtctl check and gtctl audit to tell.
    return [replace(item, finding=finding) for item, finding in zip(items, found, strict=False)]


def _told(items: Sequence[Item]) -> str:
    told = [f"{item.finding.rule_id} {item.finding.resource}: {item.finding.observed}" for item in items[:3]]
    more = f"; and {len(items) - 3} more" if len(items) > 3 else ""
    return masked(" ".join(("; ".join(told) + more).split()))


def by_group(items: Sequence[Item]) -> Iterator[tuple[str, list[Item]]]:
    """The items of each group, in the order in which the groups appear."""
    for group in dict.fromkeys(item.group for item in items):
        yield group, [item for item in items if item.group == group]
