"""What several writers say about an audit in the same words and in the same order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gtctl.audit.model import Finding, Severity, Verdict
from gtctl.audit.outcome import Coverage, Exposure
from gtctl.audit.report import Report

_GRAVITY = [Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS]
_WORKFORCES = ["public", "vendor", "unknown", "private"]


@dataclass(slots=True)
class RuleFindings:
    """The findings of one rule, gravest first."""

    rule_id: str
    severity: Severity
    title: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return sum(1 for each in self.findings if each.verdict is Verdict.FAIL and not each.waiver)

    @property
    def unknown(self) -> int:
        return sum(1 for each in self.findings if each.verdict is Verdict.UNKNOWN and not each.waiver)

    @property
    def waived(self) -> int:
        return sum(1 for each in self.findings if each.waiver)

    @property
    def passed(self) -> int:
        return sum(1 for each in self.findings if each.verdict is Verdict.PASS)


def by_rule(findings: Sequence[Finding]) -> list[RuleFindings]:
    """The findings by rule: rules that fail before those that are open, then by severity and id."""
    groups: dict[str, RuleFindings] = {}
    for finding in sorted(findings, key=lambda each: (bool(each.waiver), _GRAVITY.index(each.verdict))):
        group = groups.setdefault(finding.rule_id, RuleFindings(finding.rule_id, finding.severity, finding.message))
        group.findings.append(finding)
        # Settings may change the severity, by resource one day.
        group.severity = min(group.severity, finding.severity, key=lambda each: each.rank)
    return sorted(
        groups.values(),
        key=lambda each: (not each.failed, not each.unknown, not each.waived, each.severity.rank, each.rule_id),
    )


def by_gravity(exposures: Sequence[Exposure]) -> list[Exposure]:
    """Public and vendor exposure of sensitive images on top, then what is open, then the rest; newest first."""
    newest_first = sorted(exposures, key=lambda each: each.last.timestamp() if each.last else 0, reverse=True)
    return sorted(
        newest_first,
        key=lambda each: (
            _GRAVITY.index(each.verdict),
            _WORKFORCES.index(each.workforce) if each.workforce in _WORKFORCES else 0,
        ),
    )


def answer(report: Report) -> tuple[Verdict, str]:
    """In one sentence: who could see the images, and whether that is as it should be.

    Where nothing is known of labeling jobs (a check of code), it says what the findings come to.
    """
    audit = report.audit
    if audit is None or not (audit.exposures or audit.scope.accounts):
        return _of_the_findings(report)
    exposed = sum(1 for each in audit.exposures if each.verdict is Verdict.FAIL)
    undecided = sum(1 for each in audit.exposures if each.verdict is Verdict.UNKNOWN)
    if exposed:
        began = f"Sensitive images of {_jobs(exposed)} could be seen by people outside the private workforce"
        more = f"; for {undecided:,} more it is not proven that they could not" if undecided else ""
        return Verdict.FAIL, f"{began}{more}."
    if undecided:
        began = f"For {_jobs(undecided)} it is not proven that only the private workforce could see the images"
        return Verdict.UNKNOWN, f"{began}."
    # What could not be read of the account may have been a job.
    hidden = any(gap.account for gap in audit.scope.gaps)
    read, verdict = (" that could be read", Verdict.UNKNOWN) if hidden else ("", Verdict.PASS)
    if not audit.exposures:
        return verdict, f"There is no labeling job{read}."
    every = f"all {len(audit.exposures):,} labeling jobs" if len(audit.exposures) > 1 else "the one labeling job"
    return verdict, f"Only the private workforce could see sensitive images, in {every}{read}."


def _of_the_findings(report: Report) -> tuple[Verdict, str]:
    failed, unknown = report.count(Verdict.FAIL), report.count(Verdict.UNKNOWN)
    if failed:
        return Verdict.FAIL, f"{failed:,} violation{'s' * (failed != 1)} found."
    if unknown:
        return Verdict.UNKNOWN, f"No violation found; {unknown:,} verdict{'s are' if unknown != 1 else ' is'} open."
    return Verdict.PASS, "No violation found."


def facts(report: Report) -> Iterator[tuple[str, str]]:
    """Name and value of what an audit looked at and came to, for formats that have a place for little more."""
    audit = report.audit
    if audit is None:
        return
    scope = audit.scope
    yield "answer", answer(report)[1]
    yield "started", f"{scope.started:%Y-%m-%dT%H:%M:%SZ}"
    yield "finished", f"{scope.finished:%Y-%m-%dT%H:%M:%SZ}"
    for name, values in (("accounts", scope.accounts), ("regions", scope.regions), ("paths", scope.paths)):
        if values:
            yield name, ", ".join(values)
    if scope.commit:
        yield "commit", scope.commit
    for framework in audit.frameworks:
        found = [(each, framework.count(each)) for each in Coverage]
        yield framework.title, ", ".join(f"{number} {each}" for each, number in found if number)
    for gap in scope.gaps:
        yield "could not be read", f"{gap.what}: {gap.why}"


def _jobs(number: int) -> str:
    return f"{number:,} labeling job{'s' * (number != 1)}"
