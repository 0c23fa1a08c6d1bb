"""Markdown, for comments on pull requests and job summaries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gtctl.audit.model import Finding, Verdict
from gtctl.audit.outcome import Audit, Coverage
from gtctl.audit.report import Report, one_line, relative, waived
from gtctl.audit.report.summary import answer, by_gravity

_HEADER = {
    "Failed": ("Severity", "Rule", "Where", "Observed", "Expected"),
    "Unknown": ("Severity", "Rule", "Where", "Why"),
    "Waived": ("Severity", "Rule", "Where", "Waiver"),
    "Passed": ("Rule", "Where", "Observed"),
}
_MOST_JOBS = 50
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~@$:-])")


def render(report: Report) -> str:
    return "\n".join(_lines(report)).rstrip() + "\n"


def _lines(report: Report) -> Iterator[str]:
    failed, unknown = report.count(Verdict.FAIL), report.count(Verdict.UNKNOWN)
    outcome = "failed" if report.violated else "passed"
    yield f"# gtctl {'audit' if report.audit else 'check'} {outcome}"
    yield ""
    if report.audit:
        yield from (f"**{_text(answer(report)[1])}**", "")
    yield (
        f"{failed} failed, {unknown} unknown, {report.waived} waived, {report.passed} passed; "
        f"{report.files} file{'s' * (report.files != 1)}."
    )
    if report.audit:
        yield from _exposures(report.audit)
        yield from _posture(report.audit)
    open_ones = [finding for finding in report.findings if not finding.waiver]
    groups = {
        "Failed": [finding for finding in open_ones if finding.verdict is Verdict.FAIL],
        "Unknown": [finding for finding in open_ones if finding.verdict is Verdict.UNKNOWN],
        "Waived": [finding for finding in report.findings if finding.waiver],
        "Passed": [finding for finding in open_ones if finding.verdict is Verdict.PASS],
    }
    for title, findings in groups.items():
        if findings:
            yield from ("", f"## {title}", "")
            yield _row(_HEADER[title])
            yield _row(["---"] * len(_HEADER[title]))
            yield from (_row(_cells(title, finding)) for finding in findings)
    to_fix = {finding.rule_id: finding for finding in groups["Failed"] + groups["Unknown"]}
    if to_fix:
        yield from ("", "## How to fix", "")
        yield from (f"* **{rule_id}**: {_text(finding.remediation)}" for rule_id, finding in sorted(to_fix.items()))
    if report.audit:
        yield from _drift_and_gaps(report.audit)


def _exposures(audit: Audit) -> Iterator[str]:
    """The jobs whose images others could see, or may have; at most _MOST_JOBS, because comments are limited."""
    exposed = [each for each in by_gravity(audit.exposures) if each.verdict is not Verdict.PASS]
    if not exposed:
        return
    yield from ("", "## Who could see the images", "")
    yield _row(("Verdict", "Job", "Workforce", "People", "Network", "Key", "Classification", "Last", "Why"))
    yield _row(["---"] * 9)
    for each in exposed[:_MOST_JOBS]:
        people = "not known" if each.viewers is None else str(each.viewers)
        last = f"{each.last:%Y-%m-%d}" if each.last else "not known"
        network, key, reason = _text(each.network), _code(each.output_key) or "none", _text(each.reason)
        shown = "exposed" if each.verdict is Verdict.FAIL else "not proven"
        yield _row((shown, _code(each.job), each.workforce, people, network, key, each.classification, last, reason))
    if len(exposed) > _MOST_JOBS:
        yield from ("", f"And {len(exposed) - _MOST_JOBS} more; the other formats have them all.")


def _posture(audit: Audit) -> Iterator[str]:
    if audit.frameworks:
        yield from ("", "## Requirements", "")
        yield _row(("Framework", *(str(each).capitalize() for each in Coverage)))
        yield _row(["---", *["---:"] * len(Coverage)])
        for framework in audit.frameworks:
            yield _row((_text(framework.title), *(str(framework.count(each)) for each in Coverage)))
        violated = [
            f"{_text(framework.key)} {_text(each.id)} ({_text(each.title)})"
            for framework in audit.frameworks
            for each in framework.requirements
            if each.coverage is Coverage.VIOLATED
        ]
        if violated:
            yield from ("", f"Violated: {'; '.join(violated)}.")
    if comparison := audit.comparison:
        yield ""
        yield (
            f"Since {_text(comparison.baseline)}: {len(comparison.new)} new, {len(comparison.fixed)} fixed, "
            f"{len(comparison.unchanged)} unchanged, {len(comparison.not_seen)} not looked at again."
        )


def _drift_and_gaps(audit: Audit) -> Iterator[str]:
    if audit.drift:
        yield from ("", "## Drift", "", _row(("Resource", "Attribute", "Code", "Account")), _row(["---"] * 4))
        yield from (
            _row((_code(each.address), _code(each.attribute), _text(each.planned), _text(each.observed)))
            for each in audit.drift
        )
    if audit.scope.gaps:
        yield from ("", "## Could not be read", "")
        yield from (
            f"* {_text(gap.what)}: {_text(gap.why)} {_code(gap.permission)}".rstrip() for gap in audit.scope.gaps
        )


def _cells(group: str, finding: Finding) -> Sequence[str]:
    where = _code(f"{relative(finding.file)}:{finding.line}")
    if finding.resource:
        where += f"<br>{_code(finding.resource)}"
    rule = f"**{finding.rule_id}** {_text(finding.message)}"
    match group:
        case "Failed":
            return finding.severity, rule, where, _code(finding.observed), _text(finding.expected)
        case "Unknown":
            return finding.severity, rule, where, _text(finding.observed)
        case "Waived":
            return finding.severity, rule, where, _text(waived(finding))
    return rule, where, _text(finding.observed)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Plain text: nothing in it makes markup, a link, HTML, or a mention."""
    escaped = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", escaped)


def _code(text: str) -> str:
    """A code span in a table: the bar has to be escaped even there, and the fence is longer than any in the text."""
    text = one_line(text)
    if not text.strip():
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    gap = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{gap}{text}{gap}{fence}".replace("|", "\\|")
