"""Judges evidence by the rules: every rule on every resource of its types, one finding each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gtctl.audit.graph import Graph
from gtctl.audit.model import Evidence, Finding, Location, Problem, Resource, Severity, Undecided, Verdict
from gtctl.audit.registry import Registered
from gtctl.audit.rule import Result, unknown
from gtctl.audit.settings import Settings

UNREADABLE = "GT001"
"""Id of the finding about a file that cannot be read; it is the engine's own, as are the other GT0xx."""


def judge(evidence: Iterable[Evidence], rules: Sequence[Registered], settings: Settings) -> Iterator[Finding]:
    """The findings of all verdicts, in the order of the evidence and then of the rules."""
    for piece in evidence:
        for problem in piece.problems:
            yield unreadable(problem)
        graph = Graph(piece.resources, settings)
        by_type: dict[str, list[Registered]] = {}
        for entry in rules:
            for type_ in entry.rule.resource_types:
                by_type.setdefault(type_, []).append(entry)
        for resource in piece.resources:
            for entry in by_type.get(resource.type, ()):
                if result := verdict(entry, resource, graph):
                    yield _finding(entry, resource, result, settings)


def verdict(entry: Registered, resource: Resource, graph: Graph, *, strict: bool = False) -> Result | None:
    """What one rule says about one resource. What it could not decide, or trips over, is UNKNOWN.

    ``strict`` lets an error of the rule through (for tests).
    """
    try:
        return entry.check(resource, graph)
    except Undecided as reason:
        return unknown(str(reason))
    except Exception as error:
        if strict:
            raise
        # Evidence comes from anywhere: an attribute of an impossible shape must not stop the other checks.
        return unknown(f"the value has an unexpected shape ({type(error).__name__}: {error})")


def unreadable(problem: Problem) -> Finding:
    """The finding about a file that cannot be read."""
    return own_finding(
        UNREADABLE,
        Severity.HIGH,
        problem.location,
        observed=problem.message,
        expected="a file that can be read",
        message="The file cannot be read, so nothing in it is checked",
        remediation="Correct the file, or exclude it in gtctl.toml if it is not meant to be checked.",
    )


def own_finding(
    rule_id: str,
    severity: Severity,
    location: Location,
    *,
    observed: str,
    expected: str,
    message: str,
    remediation: str,
) -> Finding:
    """A failure that is about a file and not about a resource."""
    return Finding(
        rule_id=rule_id,
        verdict=Verdict.FAIL,
        severity=severity,
        resource="",
        source="",
        file=location.file,
        line=location.line,
        observed=observed,
        expected=expected,
        message=message,
        remediation=remediation,
        controls={},
    )


def _finding(entry: Registered, resource: Resource, result: Result, settings: Settings) -> Finding:
    rule = entry.rule
    severity = settings.severity.get(rule.id)
    return Finding(
        rule_id=rule.id,
        verdict=result.verdict,
        severity=Severity(severity) if severity else rule.severity,
        resource=resource.address,
        source=resource.source,
        file=resource.location.file,
        line=resource.line_of(result.path) if result.path else resource.location.line,
        observed=result.observed,
        expected=result.expected,
        message=rule.title,
        remediation=rule.remediation,
        controls=rule.controls,
    )
