"""CSV (RFC 4180), one row for each finding, with the fields of the JSON report."""

from __future__ import annotations

import csv
import io

from gtctl.audit.model import Finding
from gtctl.audit.report import Report, one_line, waived

_TEXTS = ("resource", "source", "file", "line", "observed", "expected", "message", "remediation")
COLUMNS = ("rule_id", "verdict", "severity", *_TEXTS, "controls", "waiver")
# What spreadsheets take for a formula.
_FORMULA = ("=", "+", "-", "@")


def render(report: Report) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _row(finding)] for finding in report.findings)
    return stream.getvalue()


def _row(finding: Finding) -> list[str]:
    controls = "; ".join(f"{framework}: {', '.join(ids)}" for framework, ids in finding.controls.items())
    texts = [str(getattr(finding, name)) for name in _TEXTS]
    return [finding.rule_id, finding.verdict, finding.severity, *texts, controls, waived(finding)]


def _cell(value: str) -> str:
    text = one_line(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
