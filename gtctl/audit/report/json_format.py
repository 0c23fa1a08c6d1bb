"""The JSON report. Its fields are a contract: they may be added to, with the same ``schema_version``.

The schema is ``report.schema.json`` beside this file.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from gtctl import __version__
from gtctl.audit.model import Finding, Verdict
from gtctl.audit.report import Report

if TYPE_CHECKING:
    from gtctl.audit.outcome import Audit

SCHEMA_VERSION = 1
_FIELDS = [field.name for field in fields(Finding) if field.name != "place"]


def render(report: Report) -> str:
    document: dict[str, Any] = {
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
    if report.audit:
        document["audit"] = _audit(report.audit)
    return "{\n" + ",\n".join(f"  {json.dumps(name)}: {_lines(part)}" for name, part in document.items()) + "\n}\n"


def _lines(part: Any) -> str:
    """JSON text with a line for each finding. Indenting it all takes three times as long: json does that in Python."""
    if isinstance(part, list) and part:
        return "[\n    " + ",\n    ".join(map(json.dumps, part)) + "\n  ]"
    return json.dumps(part)


def _finding(finding: Finding) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in _FIELDS}


def _audit(audit: Audit) -> dict[str, Any]:
    """The fields of ``outcome.Audit``; times are UTC, as in 2026-11-26T08:00:00Z."""
    import msgspec

    comparison = audit.comparison
    parts: dict[str, Any] = {
        name: msgspec.to_builtins(getattr(audit, name))
        for name in ("scope", "exposures", "frameworks", "drift", "not_comparable")
    }
    parts["comparison"] = comparison and {
        "baseline": comparison.baseline,
        "baseline_finished": comparison.baseline_finished,
        "new": [_finding(finding) for finding in comparison.new],
        "fixed": comparison.fixed,
        "unchanged": [_finding(finding) for finding in comparison.unchanged],
        "not_seen": comparison.not_seen,
    }
    return parts
