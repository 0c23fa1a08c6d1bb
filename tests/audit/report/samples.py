"""Findings of every kind, quoting files that somebody wrote to break a report."""

from __future__ import annotations

from dataclasses import replace

from gtctl.audit.engine import OWN_RULES, own_finding
from gtctl.audit.model import Finding, Location, Severity, Verdict
from gtctl.audit.registry import rules
from gtctl.audit.report import Report

NASTY = "=1+1|`<b>&amp;\"'%0A::error::x\n::add-mask::y\r\x1b[31m\x00\u2028 @everyone [a](http://x) , ü \udcff"
NAMES = {entry.rule.id: entry.rule for entry in rules()} | OWN_RULES


def finding(**changes: object) -> Finding:
    """A failure of GT101 in main.tf; ``changes`` are fields of Finding."""
    rule = NAMES["GT101"]
    sample = Finding(
        rule_id=rule.id,
        verdict=Verdict.FAIL,
        severity=Severity.CRITICAL,
        resource="aws_sagemaker_flow_definition.review",
        source="hcl",
        file="main.tf",
        line=5,
        observed="arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default",
        expected="a private workteam",
        message=rule.title,
        remediation=rule.remediation,
        controls=rule.controls,
        place=Location("main.tf", 1, 7),
    )
    return replace(sample, **changes)  # type: ignore[arg-type]


def report(*findings: Finding, strict: bool = False) -> Report:
    return Report(findings=findings, rules=NAMES, files=2, passed=3, strict=strict)


EVERYTHING = (
    finding(),
    finding(verdict=Verdict.UNKNOWN, observed="var.team has no value", expected="", line=9, severity=Severity.MEDIUM),
    finding(verdict=Verdict.PASS, resource="aws_sagemaker_flow_definition.fine", observed="private", expected=""),
    finding(
        resource="aws_sagemaker_flow_definition.old",
        waiver={"owner": "Ada", "reason": "pilot with public images", "expires": "2999-01-01"},
    ),
    finding(
        resource="aws_sagemaker_flow_definition.older",
        waiver={"reason": "pilot", "file": "main.tf", "line": "20"},
    ),
    finding(file=f"sub folder/{NASTY}.tf", resource=f'x.y["{NASTY}"]', observed=NASTY, expected=NASTY),
    own_finding("GT001", Location("b.tf", 0), "is not HCL", "a file that can be read"),
)
"""One finding of each kind; the sixth quotes NASTY wherever a report quotes anything."""
