"""Report writers: one module per format, each with ``render(report) -> str``. None of them knows rules or readers."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gtctl.audit.model import Finding, Verdict
from gtctl.audit.rule import Rule

FORMATS = {"text": "gtctl.audit.report.text", "json": "gtctl.audit.report.json_format"}
"""Name of a format -> its module. ``text`` is for people; everything else is stable and documented."""


@dataclass(frozen=True, slots=True)
class Report:
    """findings: what is reported, sorted. rules: metadata by id, for every rule that was checked.

    files: how many files were checked; passed: how many verdicts were PASS; strict: whether UNKNOWN counts as failed.
    """

    findings: Sequence[Finding]
    rules: Mapping[str, Rule]
    files: int
    passed: int
    strict: bool = False

    def count(self, verdict: Verdict) -> int:
        """How many findings have ``verdict`` and no waiver."""
        return sum(1 for finding in self.findings if finding.verdict is verdict and not finding.waiver)

    @property
    def waived(self) -> int:
        return sum(1 for finding in self.findings if finding.waiver)

    @property
    def violated(self) -> bool:
        """Whether the check has failed (exit code 1)."""
        return bool(self.count(Verdict.FAIL) or (self.strict and self.count(Verdict.UNKNOWN)))


def writer(name: str) -> Callable[[Report], str]:
    """The writer of a format of FORMATS; its module is imported only now."""
    render: Callable[[Report], str] = importlib.import_module(FORMATS[name]).render
    return render
