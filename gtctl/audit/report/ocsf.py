"""OCSF 1.5.0 compliance findings (class 2003, https://schema.ocsf.io/1.5.0/classes/compliance_finding), a JSON array.

What Security Lake and SIEMs read: one event for each finding. FAIL has the compliance status Fail, UNKNOWN has Warning
("did not yield a result due to missing information"), PASS has Pass; what is waived is Suppressed.
"""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from gtctl import __version__
from gtctl.audit.fingerprint import fingerprints
from gtctl.audit.model import Finding, Severity, Verdict
from gtctl.audit.report import Report, one_line, relative, said, waived

OCSF_VERSION = "1.5.0"
_SEVERITIES = {Severity.LOW: 2, Severity.MEDIUM: 3, Severity.HIGH: 4, Severity.CRITICAL: 5}
_STATUS = {Verdict.PASS: (1, "Pass"), Verdict.UNKNOWN: (2, "Warning"), Verdict.FAIL: (3, "Fail")}
# aws://111122223333/eu-central-1/..., and ARNs; S3's and IAM's name no Region, S3's no account.
_IN_THE_ACCOUNT = re.compile(
    r"(?:aws://(?P<account>\d{12})/(?P<region>[a-z0-9-]+)"
    r"|arn:(?P<partition>aws[a-z-]*):[a-z0-9-]+:(?P<arn_region>[a-z0-9-]*):(?P<arn_account>\d{12}|))"
)


def render(report: Report) -> str:
    if report.audit:
        started, finished = report.audit.scope.started, report.audit.scope.finished
    else:
        started = finished = datetime.datetime.now(datetime.UTC)
    events = [
        _event(finding, fingerprint, report, _ms(started), _ms(finished))
        for finding, fingerprint in zip(report.findings, fingerprints(report.findings), strict=True)
    ]
    return json.dumps(events, indent=2) + "\n"


def _event(finding: Finding, fingerprint: str, report: Report, started: int, finished: int) -> dict[str, Any]:
    status_id, status = _STATUS[finding.verdict]
    rule = report.rules[finding.rule_id]
    requirements = [f"{framework} {each}" for framework, ids in finding.controls.items() for each in ids]
    file = relative(finding.file)
    event: dict[str, Any] = {
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 200301,
        "type_name": "Compliance Finding: Create",
        "time": finished,
        "start_time": started,
        "end_time": finished,
        "severity_id": _SEVERITIES[finding.severity],
        "severity": str(finding.severity).capitalize(),
        "status_id": 3 if finding.waiver else 1,
        "status": "Suppressed" if finding.waiver else "New",
        "status_code": str(finding.verdict),
        "status_detail": one_line(finding.observed) or said(finding),
        "message": said(finding),
        "metadata": {
            "version": OCSF_VERSION,
            "event_code": finding.rule_id,
            "product": {"name": "gtctl", "vendor_name": "gtctl", "version": __version__},
            "profiles": [],
        },
        "finding_info": {
            "uid": fingerprint,
            "title": one_line(finding.message),
            "desc": one_line(rule.rationale),
            "created_time": finished,
            "types": ["Software and Configuration Checks"],
            "data_sources": [one_line(finding.source)],
        },
        "compliance": {
            "status_id": status_id,
            "status": status,
            "control": finding.rule_id,
            "desc": one_line(rule.title),
            "standards": list(finding.controls) or ["gtctl"],
            "requirements": requirements or [finding.rule_id],
            "status_details": [f"expected: {one_line(finding.expected)}"] if finding.expected else [],
        },
        "remediation": {
            "desc": one_line(finding.remediation),
            "references": [reference for reference in rule.references if reference.startswith("https://")],
        },
        "resources": [_resource(finding, file)],
        "unmapped": {"file": one_line(file), "line": finding.line},
    }
    if finding.waiver:
        event["comment"] = f"waived by {waived(finding)}"
    if cloud := _cloud(finding, report):
        event["cloud"] = cloud
        event["metadata"]["profiles"].append("cloud")
    return event


def _resource(finding: Finding, file: str) -> dict[str, Any]:
    name = one_line(finding.resource or file)
    resource: dict[str, Any] = {"name": name, "uid": name, "data": {"file": one_line(file), "line": finding.line}}
    if finding.resource:
        resource["type"] = _type(finding.resource)
    if place := _IN_THE_ACCOUNT.match(finding.file):
        resource["uid"] = one_line(finding.file)
        resource["cloud_partition"] = place["partition"] or "aws"
        if region := place["region"] or place["arn_region"]:
            resource["region"] = region
    return resource


def _type(address: str) -> str:
    """``aws_s3_bucket`` of ``module.storage.aws_s3_bucket.this``."""
    words = re.split(r"\.(?![^\[]*\])", one_line(address))
    return next((word for word in words if word.startswith("aws_")), words[0])


def _cloud(finding: Finding, report: Report) -> dict[str, Any] | None:
    """The account that the finding is in; None for code."""
    place = _IN_THE_ACCOUNT.match(finding.file)
    if not place:
        return None
    accounts = report.audit.scope.accounts if report.audit else ()
    account = place["account"] or place["arn_account"] or (accounts[0] if len(accounts) == 1 else "")
    cloud: dict[str, Any] = {"provider": "AWS"}
    if account:
        cloud["account"] = {"uid": account, "type": "AWS Account", "type_id": 10}
    if region := place["region"] or place["arn_region"]:
        cloud["region"] = region
    return cloud


def _ms(moment: datetime.datetime) -> int:
    """Milliseconds since 1970, as OCSF counts."""
    return int(moment.timestamp() * 1000)
