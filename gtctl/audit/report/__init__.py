"""Report writers: one module per format, each with ``render(report) -> str``. None of them knows rules or readers."""

from __future__ import annotations

import importlib
import os
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gtctl.audit.model import Finding, Severity, Verdict
from gtctl.audit.rule import Rule
from gtctl.printable import one_line as one_line

if TYPE_CHECKING:
    from gtctl.audit.outcome import Audit

FORMATS = {
    "text": "gtctl.audit.report.text",
    "json": "gtctl.audit.report.json_format",
    "sarif": "gtctl.audit.report.sarif",
    "junit": "gtctl.audit.report.junit",
    "github": "gtctl.audit.report.github",
    "markdown": "gtctl.audit.report.markdown",
    "csv": "gtctl.audit.report.csv_format",
    "html": "gtctl.audit.report.html_format",
    "oscal": "gtctl.audit.report.oscal",
    "ocsf": "gtctl.audit.report.ocsf",
}
"""Name of a format -> its module. ``text`` is for people; everything else is stable and documented."""


@dataclass(frozen=True, slots=True)
class Report:
    """findings: what is reported, sorted. rules: metadata by id, for every rule that was checked.

    files: how many files were checked; passed: how many verdicts were PASS; strict: whether UNKNOWN counts as failed.
    audit: what ``gtctl audit`` adds; None for a check. fail_on: the least severity that fails.
    """

    findings: Sequence[Finding]
    rules: Mapping[str, Rule]
    files: int
    passed: int
    strict: bool = False
    audit: Audit | None = None
    fail_on: Severity = Severity.LOW

    def count(self, verdict: Verdict) -> int:
        """How many findings have ``verdict`` and no waiver."""
        return sum(1 for finding in self.findings if finding.verdict is verdict and not finding.waiver)

    @property
    def waived(self) -> int:
        return sum(1 for finding in self.findings if finding.waiver)

    @property
    def violated(self) -> bool:
        """Whether the check has failed (exit code 1)."""
        return any(self.counts_as_failed(finding) for finding in self.findings)

    def counts_as_failed(self, finding: Finding) -> bool:
        """Whether ``finding`` alone makes the check fail."""
        failing = (Verdict.FAIL, Verdict.UNKNOWN) if self.strict else (Verdict.FAIL,)
        return finding.verdict in failing and finding.severity.rank <= self.fail_on.rank and not finding.waiver


def writer(name: str) -> Callable[[Report], str]:
    """The writer of a format of FORMATS; its module is imported only now."""
    render: Callable[[Report], str] = importlib.import_module(FORMATS[name]).render
    return render


def relative(file: str) -> str:
    """The file as seen from the working folder, with forward slashes, if it lies below it; else as it was given.

    What lies in an account has an ARN in its place.
    """
    if file.startswith(("arn:", "aws://")):
        return file
    path = file.replace(os.sep, "/")
    if posixpath.isabs(path):
        path = path.removeprefix(f"{Path.cwd().as_posix().rstrip('/')}/")
    return path if posixpath.isabs(path) else posixpath.normpath(path)


def said(finding: Finding) -> str:
    """What was found, in one line: the title of a rule says what holds when all is well."""
    begin = {Verdict.FAIL: "Violated", Verdict.UNKNOWN: "Not proven", Verdict.PASS: "Holds"}[finding.verdict]
    text = f"{begin}: {finding.message}"
    if finding.observed:
        text += f" | {'why' if finding.verdict is Verdict.UNKNOWN else 'observed'}: {finding.observed}"
    if finding.expected:
        text += f" | expected: {finding.expected}"
    return one_line(text)


def waived(finding: Finding) -> str:
    """The waiver in one line; "" where there is none."""
    return one_line(", ".join(f"{name}: {value}" for name, value in (finding.waiver or {}).items()))
