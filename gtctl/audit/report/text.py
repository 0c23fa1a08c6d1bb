"""The report for people: by file, what was seen and what was expected, and once for each rule how to fix it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import click

from gtctl.audit.model import Finding, Severity, Verdict
from gtctl.audit.report import Report, one_line

_COLOURS = {Severity.CRITICAL: "bright_red", Severity.HIGH: "red", Severity.MEDIUM: "yellow", Severity.LOW: "cyan"}
_SHOWN = {Verdict.FAIL: "FAIL", Verdict.UNKNOWN: "unknown", Verdict.PASS: "pass"}


def render(report: Report) -> str:
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    explained: set[str] = set()
    for file, findings in groupby(report.findings, key=lambda finding: finding.file):
        yield click.style(one_line(file), bold=True)
        for finding in findings:
            yield from _finding(finding, explain=finding.rule_id not in explained)
            if finding.verdict is not Verdict.PASS:
                explained.add(finding.rule_id)
        yield ""
    if report.audit:
        from gtctl.audit.report.overview import render as overview

        yield overview(report).rstrip()
    else:
        yield _summary(report)
    if rules := sorted(explained & {finding.rule_id for finding in report.findings if not finding.waiver}):
        example = next((rule for rule in rules if not rule.startswith("GT0")), None)
        if example:
            yield f"More about a rule, with an example: gtctl rules show {example}"


def _finding(finding: Finding, *, explain: bool) -> Iterator[str]:
    if finding.waiver:
        verdict = click.style("waived", dim=True)
    elif finding.verdict is Verdict.PASS:
        verdict = click.style("pass", fg="green")
    else:
        verdict = click.style(_SHOWN[finding.verdict], fg=_COLOURS[finding.severity], bold=True)
    title = click.style(one_line(finding.message), bold=not finding.waiver)
    yield f"  {finding.line:>4}  {verdict} {finding.rule_id} {finding.severity}: {title}"
    if finding.resource:
        yield f"        {one_line(finding.resource)}"
    if finding.observed:
        yield f"        {'why' if finding.verdict is Verdict.UNKNOWN else 'observed'}: {one_line(finding.observed)}"
    if finding.expected:
        yield f"        expected: {one_line(finding.expected)}"
    if finding.waiver:
        yield f"        waived: {one_line(', '.join(finding.waiver.values()))}"
    elif explain and finding.verdict is not Verdict.PASS:
        yield f"        fix: {one_line(finding.remediation)}"


def _summary(report: Report) -> str:
    failed, unknown = report.count(Verdict.FAIL), report.count(Verdict.UNKNOWN)
    counts = [
        click.style(f"{failed} failed", fg="red" if failed else "green", bold=True),
        f"{unknown} unknown",
        f"{report.waived} waived",
        f"{report.passed} passed",
    ]
    if not report.files:
        return "Nothing to check: none of the files holds anything that the rules are about"
    checked = sum(1 for rule in report.rules if not rule.startswith("GT0"))
    return f"{', '.join(counts)}; {report.files} file{'s' * (report.files != 1)}, {checked} rules"
