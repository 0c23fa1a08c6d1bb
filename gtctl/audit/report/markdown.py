"""Markdown, for comments on pull requests and job summaries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gtctl.audit.model import Finding, Verdict
from gtctl.audit.report import Report, one_line, relative, waived

_HEADER = {
    "Failed": ("Severity", "Rule", "Where", "Observed", "Expected"),
    "Unknown": ("Severity", "Rule", "Where", "Why"),
    "Waived": ("Severity", "Rule", "Where", "Waiver"),
    "Passed": ("Rule", "Where", "Observed"),
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~@$:-])")


def render(report: Report) -> str:
    return "\n".join(_lines(report)).rstrip() + "\n"


def _lines(report: Report) -> Iterator[str]:
    failed, unknown = report.count(Verdict.FAIL), report.count(Verdict.UNKNOWN)
    outcome = "failed" if report.violated else "passed"
    yield f"# gtctl check {outcome}"
    yield ""
    yield (
        f"{failed} failed, {unknown} unknown, {report.waived} waived, {report.passed} passed; "
        f"{report.files} file{'s' * (report.files != 1)}."
    )
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
