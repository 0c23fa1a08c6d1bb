"""Annotations on a GitHub Actions run and its pull request, by workflow commands.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from gtctl.audit.model import Finding, Severity, Verdict
from gtctl.audit.report import Report, one_line, relative, said, waived

_COMMANDS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "notice"}


def render(report: Report) -> str:
    lines = [_command(finding, report) for finding in report.findings if finding.verdict is not Verdict.PASS]
    lines.append(
        f"gtctl: {report.count(Verdict.FAIL)} failed, {report.count(Verdict.UNKNOWN)} unknown, "
        f"{report.waived} waived, {report.passed} passed"
    )
    return "\n".join(lines) + "\n"


def _command(finding: Finding, report: Report) -> str:
    """Every finding is a command, because the runner would obey a command that a plain line quotes from a file."""
    command = _COMMANDS[finding.severity] if report.counts_as_failed(finding) else "notice"
    message = said(finding)
    if finding.waiver:
        message += f" | waived by {waived(finding)}"
    else:
        message += f" | fix: {finding.remediation}"
    if finding.resource:
        message = f"{finding.resource}: {message}"
    properties = {
        "file": _from_the_top(relative(finding.file)),
        "line": str(finding.line),
        "title": f"{finding.rule_id} {'waived' if finding.waiver else finding.severity}",
    }
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {written}::{_data(message)}"


def _from_the_top(file: str) -> str:
    """Annotations name files from the top of the checkout, wherever in it the step runs."""
    top, here = os.environ.get("GITHUB_WORKSPACE"), Path.cwd()
    if not top or posixpath.isabs(file) or not here.is_relative_to(top):
        return file
    return posixpath.normpath(posixpath.join(here.relative_to(top).as_posix(), file))


def _data(text: str) -> str:
    return one_line(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
