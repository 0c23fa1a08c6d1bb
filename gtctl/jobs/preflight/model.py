"""What a preflight check is made of, and what it says. Read this file first, then ``registry.py``.

A check is a generator in the module of its subject, under ``@check``; it looks at a ``Scene`` and yields one Outcome
for each thing that it looked at. What it needs and may not read raises Undecided on the way (``Resource.get``,
``Graph.target``) or NotRead, and becomes UNKNOWN with the reason: no check has to handle that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gtctl.audit.model import Finding, Location, Severity, Verdict

if TYPE_CHECKING:
    from gtctl.jobs.preflight.scene import Scene

SOURCE = "live"
"""As the audit calls what it reads from the account; waivers of ARNs fit it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check says about one thing.

    subject: what it is about: an ARN, s3://bucket, a manifest. fix: what to do, in a sentence. command: the command
    that does it, or that shows more.
    """

    verdict: Verdict
    subject: str
    observed: str
    fix: str = ""
    command: str = ""


Run = Callable[["Scene"], Iterator[Outcome]]


@dataclass(frozen=True, slots=True)
class Check:
    """id: for waivers and reports. title: what holds when all is well. subject: what it is about if it cannot look."""

    id: str
    title: str
    severity: Severity
    run: Run
    subject: Callable[[Scene], str]


def check(
    id_: str, title: str, subject: Callable[[Scene], str], severity: Severity = Severity.HIGH
) -> Callable[[Run], Check]:
    """Make a Check of a generator."""
    return lambda run: Check(id_, title, severity, run, subject)


def passed(subject: str, observed: str = "") -> Outcome:
    return Outcome(Verdict.PASS, subject, observed)


def failed(subject: str, observed: str, fix: str, command: str) -> Outcome:
    return Outcome(Verdict.FAIL, subject, observed, fix, command)


def unknown(subject: str, reason: str, fix: str = "", command: str = "") -> Outcome:
    """``reason`` ends a sentence. Without a ``fix`` it is a right that is missing."""
    return Outcome(Verdict.UNKNOWN, subject, reason, fix or MISSING_RIGHT, command or SHOW_RIGHTS)


MISSING_RIGHT = "give whoever checks the right that is named, or accept what stays unknown with --accept-unknown"
SHOW_RIGHTS = "gtctl job check --print-policy"


def finding(of: Check, outcome: Outcome) -> Finding:
    """``outcome`` in the audit's shape: for waivers, and for the launch record."""
    return Finding(
        rule_id=of.id,
        verdict=outcome.verdict,
        severity=of.severity,
        resource=outcome.subject,
        source=SOURCE,
        file=outcome.subject,
        line=1,
        observed=outcome.observed,
        expected=of.title,
        message=of.title,
        remediation=outcome.fix,
        controls={},
        place=Location(outcome.subject),
    )
