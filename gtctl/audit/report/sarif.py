"""SARIF 2.1.0, for code scanning (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).

FAIL is a result of the kind "fail" with the level of its severity, UNKNOWN one of the kind "open" ("insufficient
information to decide"), for which the specification allows no level but "none" (3.27.10); with --strict it fails, and
is reported so. Waived results carry a suppression.
"""

from __future__ import annotations

import datetime
import json
import posixpath
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gtctl import __version__
from gtctl.audit.fingerprint import fingerprints
from gtctl.audit.model import Finding, Location, Severity, Verdict
from gtctl.audit.pages import markdown
from gtctl.audit.report import Report, one_line, relative, said
from gtctl.audit.rule import Rule

if TYPE_CHECKING:
    from gtctl.audit.outcome import Audit

_PROJECT = "https://github.com/gtctl/gtctl"
LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
# GitHub reads: above 9.0 critical, from 7.0 high, from 4.0 medium, below low.
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "3.0"}
_KINDS = {Verdict.FAIL: "fail", Verdict.UNKNOWN: "open", Verdict.PASS: "pass"}
_MOST_TAGS = 20
"""GitHub refuses a rule with more; ``properties.controls`` has them all."""


def render(report: Report) -> str:
    ids = sorted(report.rules)
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "gtctl",
                "semanticVersion": __version__,
                "informationUri": _PROJECT,
                "rules": [_rule(report.rules[rule_id]) for rule_id in ids],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The folder in which gtctl was started."}}},
        "results": _results(report, {rule_id: at for at, rule_id in enumerate(ids)}),
    }
    if report.audit:
        run |= _audit(report.audit)
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    tags = ["security", "compliance", *(f"{name}:{each}" for name, ids in rule.controls.items() for each in ids)]
    descriptor = {
        "id": rule.id,
        "name": "".join(word[:1].upper() + word[1:] for word in rule.title.replace("-", " ").split() if word.isalnum()),
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.rationale},
        "help": {"text": f"{rule.rationale}\n\n{rule.remediation}", "markdown": markdown(rule)},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": list(dict.fromkeys(tags))[:_MOST_TAGS],
            "precision": "high",
            "problem.severity": LEVELS[rule.severity].replace("note", "recommendation"),
            "security-severity": _SCORES[rule.severity],
            "controls": {name: list(ids) for name, ids in rule.controls.items()},
        },
    }
    if rule.sources:
        descriptor["helpUri"] = f"{_PROJECT}/blob/main/docs/rules/{rule.id}.md"
    return descriptor


def _results(report: Report, index: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _result(finding, report, index[finding.rule_id], fingerprint)
        for finding, fingerprint in zip(report.findings, fingerprints(report.findings), strict=True)
    ]


def _result(finding: Finding, report: Report, at: int, fingerprint: str) -> dict[str, Any]:
    fails = finding.verdict is Verdict.FAIL or (finding.verdict is Verdict.UNKNOWN and report.strict)
    location: dict[str, Any] = {"physicalLocation": _place(Location(finding.file, finding.line))}
    if finding.resource:
        location["logicalLocations"] = [{"fullyQualifiedName": one_line(finding.resource), "kind": "resource"}]
    return {
        "ruleId": finding.rule_id,
        "ruleIndex": at,
        "kind": "fail" if fails else _KINDS[finding.verdict],
        "level": LEVELS[finding.severity] if fails else "none",
        "message": {"text": f"{said(finding)} | fix: {one_line(finding.remediation)}"},
        "locations": [location],
        "partialFingerprints": {"gtctlResource/v1": fingerprint},
        # All results of a run have this property, or none may (3.27.23).
        "suppressions": _suppressions(finding),
        "properties": {"verdict": finding.verdict, "severity": finding.severity, "source": finding.source},
    }


def _audit(audit: Audit) -> dict[str, Any]:
    """When and how it was made, what could not be read, and what SARIF has no place for as properties."""
    from gtctl.audit.outcome import Coverage

    scope = audit.scope
    exposures = Counter(str(exposure.verdict) for exposure in audit.exposures)
    notifications = [
        {
            "level": "warning",
            "descriptor": {"id": "GT005"},
            "message": {"text": one_line(f"Could not be read: {gap.what}: {gap.why}")},
        }
        for gap in scope.gaps
    ]
    return {
        "invocations": [
            {
                "executionSuccessful": True,
                "startTimeUtc": _time(scope.started),
                "endTimeUtc": _time(scope.finished),
                "toolExecutionNotifications": notifications,
            }
        ],
        "properties": {
            "accounts": [one_line(account) for account in scope.accounts],
            "regions": [one_line(region) for region in scope.regions],
            "commit": one_line(scope.commit),
            "exposures": dict(exposures),
            "coverage": {
                framework.key: {str(each): framework.count(each) for each in Coverage} for framework in audit.frameworks
            },
            "drift": len(audit.drift),
        },
    }


def _time(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _suppressions(finding: Finding) -> Sequence[dict[str, Any]]:
    waiver = finding.waiver
    if not waiver:
        return []
    suppression: dict[str, Any] = {
        "kind": "inSource" if "line" in waiver else "external",
        "status": "accepted",
        "justification": one_line(waiver["reason"]),
    }
    if "line" in waiver:
        suppression["location"] = {"physicalLocation": _place(Location(waiver["file"], int(waiver["line"])))}
    else:
        suppression["properties"] = {"owner": waiver["owner"], "expires": waiver["expires"]}
    return [suppression]


def _place(location: Location) -> dict[str, Any]:
    path = relative(location.file)
    if path.startswith(("arn:", "aws://")):
        artifact = {"uri": quote(path.encode(errors="surrogateescape"), safe=":/")}
    elif posixpath.isabs(path):
        artifact = {"uri": PurePosixPath(path).as_uri()}
    else:
        artifact = {"uri": quote(path.encode(errors="surrogateescape")), "uriBaseId": "SRCROOT"}
    return {"artifactLocation": artifact, "region": {"startLine": max(location.line, 1)}}
