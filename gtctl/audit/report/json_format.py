"""The JSON report. Its fields are a contract: they may be added to, with the same ``schema_version``."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from gtctl import __version__
from gtctl.audit.model import Finding, Verdict
from gtctl.audit.report import Report

SCHEMA_VERSION = 1
_FIELDS = [field.name for field in fields(Finding) if field.name != "place"]


def render(report: Report) -> str:
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "gtctl", "version": __version__},
        "summary": {
            "files": report.files,
            "failed": report.count(Verdict.FAIL),
            "unknown": report.count(Verdict.UNKNOWN),
            "waived": report.waived,
            "passed": report.passed,
            "strict": report.strict,
        },
        "findings": [_finding(finding) for finding in report.findings],
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in _FIELDS}
