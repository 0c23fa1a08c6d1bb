"""An audit on one screen: what ``gtctl audit`` says when its reports go to files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from gtctl.audit.model import Severity, Verdict
from gtctl.audit.outcome import Audit, Coverage
from gtctl.audit.report import Report, one_line
from gtctl.audit.report.summary import answer, by_gravity, by_rule

_MOST = 8
_WIDTH = 118
_COVERAGE = {
    Coverage.MET: "green",
    Coverage.VIOLATED: "red",
    Coverage.UNKNOWN: "yellow",
    Coverage.ATTESTED: "cyan",
    Coverage.NOT_COVERED: None,
}


def render(report: Report, written: Sequence[str] = ()) -> str:
    """The outcome, the gravest findings, requirements, gaps; and ``written``, one line each."""
    return "\n".join(_lines(report, written)) + "\n"


def _lines(report: Report, written: Sequence[str]) -> Iterator[str]:
    failed, unknown = report.count(Verdict.FAIL), report.count(Verdict.UNKNOWN)
    outcome = (
        click.style("FAILED", fg="red", bold=True) if report.violated else click.style("passed", fg="green", bold=True)
    )
    yield f"gtctl audit {outcome}: {failed} failed, {unknown} unknown, {report.waived} waived, {report.passed} passed"
    if not report.audit:
        return
    yield from _scope(report.audit)
    if report.audit.exposures or report.audit.scope.accounts:
        _, said = answer(report)
        yield from ("", click.style(said, bold=True))
        for each in by_gravity(report.audit.exposures)[:3]:
            if each.verdict is not Verdict.PASS:
                yield _cut(f"  {each.verdict:<7}  {each.job}: {each.reason}")
    yield from _findings(report)
    if report.audit.frameworks:
        yield ""
        for framework in report.audit.frameworks:
            counted = [(each, framework.count(each)) for each in Coverage]
            parts = [click.style(f"{times} {each}", fg=_COVERAGE[each]) for each, times in counted if times]
            yield f"{framework.key:<15}  {', '.join(parts)}"
    if report.audit.drift or report.audit.not_comparable:
        open_ = f" ({report.audit.not_comparable} values could not be compared)" if report.audit.not_comparable else ""
        yield from ("", f"{len(report.audit.drift)} differences between the code and the account{open_}")
    if comparison := report.audit.comparison:
        yield ""
        yield one_line(
            f"Since {comparison.baseline}: {len(comparison.new)} new, {len(comparison.fixed)} fixed, "
            f"{len(comparison.unchanged)} unchanged, {len(comparison.not_seen)} not looked at again"
        )
    if report.audit.scope.gaps:
        yield ""
        for gap in report.audit.scope.gaps[:3]:
            yield _cut(f"Could not be read: {gap.what}: {gap.why}")
        if (more := len(report.audit.scope.gaps) - 3) > 0:
            yield f"                   and {more} more"
    if written:
        yield ""
        yield from written


def _scope(audit: Audit) -> Iterator[str]:
    scope = audit.scope
    looked = ", ".join(f"{times} {source}" for source, times in sorted(scope.sources.items()))
    yield one_line(f"Resources: {looked or 'none'}")
    if scope.accounts:
        where = f"Account {', '.join(scope.accounts)} in {', '.join(scope.regions)}"
        yield one_line(f"{where}; {sum(scope.requests.values())} requests")


def _findings(report: Report) -> Iterator[str]:
    open_ones = [each for each in by_rule(report.findings) if each.failed or each.unknown]
    if open_ones:
        yield ""
    for each in open_ones[:_MOST]:
        verdict = click.style("FAIL   ", fg="red", bold=True) if each.failed else click.style("unknown", fg="yellow")
        first = next(finding for finding in each.findings if not finding.waiver)
        where = one_line(first.resource or first.file)
        if (more := each.failed + each.unknown - 1) > 0:
            where += f" and {more} more"
        yield f"  {verdict} {each.rule_id:<11}  {each.severity:<8}  " + _cut(f"{each.title}: {where}", 34)
    if (more := len(open_ones) - _MOST) > 0:
        worst = min((each.severity for each in open_ones[_MOST:]), key=lambda each: each.rank, default=Severity.LOW)
        yield f"  and {more} more rules, {worst} at worst"


def _cut(text: str, before: int = 0) -> str:
    text, width = one_line(text), _WIDTH - before
    return text if len(text) <= width else f"{text[: width - 3]}..."
