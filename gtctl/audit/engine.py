"""Judges evidence by the rules: every rule on every resource of its types, one finding each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from gtctl.audit.graph import Graph
from gtctl.audit.model import Evidence, Finding, Location, Resource, Severity, Undecided, Unread, Verdict
from gtctl.audit.registry import Registered
from gtctl.audit.rule import Result, Rule, unknown
from gtctl.audit.settings import Settings

OWN_RULES = {
    rule.id: rule
    for rule in (
        Rule(
            id="GT001",
            title="Every file can be read",
            severity=Severity.HIGH,
            resource_types=(),
            sources=(),
            rationale="What cannot be read is not checked.",
            remediation="Correct the file, or exclude it in gtctl.toml if it is not meant to be checked.",
            references=(),
        ),
        Rule(
            id="GT002",
            title="No waiver has expired",
            severity=Severity.HIGH,
            resource_types=(),
            sources=(),
            rationale="Whoever accepted a risk accepted it until that day.",
            remediation="Correct what it waives, or let its owner decide anew.",
            references=(),
        ),
        Rule(
            id="GT003",
            title="Every waiver waives something",
            severity=Severity.LOW,
            resource_types=(),
            sources=(),
            rationale="A waiver that fits nothing today may hide something tomorrow.",
            remediation="Remove the waiver, or correct the rule or the resource it names.",
            references=(),
        ),
        Rule(
            id="GT004",
            title="Every waiver gives its reason",
            severity=Severity.MEDIUM,
            resource_types=(),
            sources=(),
            rationale="A waiver without a reason cannot be reviewed; it waives nothing.",
            remediation="Write the reason behind it: # gtctl:waive=GT101 the reason.",
            references=(),
        ),
        Rule(
            id="GT005",
            title="Everything in scope could be read",
            severity=Severity.HIGH,
            resource_types=(),
            sources=(),
            rationale="What an audit could not read may hide anything; it is never taken for compliant.",
            remediation="Give the auditor the permission that is named, or install what is missing, and audit again.",
            references=(),
        ),
    )
}
"""What the engine itself finds: about files, waivers and what could not be read, not about resources."""


def judge(evidence: Iterable[Evidence], rules: Sequence[Registered], settings: Settings) -> Iterator[Finding]:
    """The findings of all verdicts, in the order of the evidence and then of the rules.

    What the evidence streams is judged while it comes, and not kept. The account is judged by those rules only that
    are proven on accounts.
    """
    by_type: dict[str, list[Registered]] = {}
    for entry in rules:
        for type_ in entry.rule.resource_types:
            by_type.setdefault(type_, []).append(entry)
    for piece in evidence:
        for problem in piece.problems:
            yield own_finding("GT001", problem.location, problem.message, "a file that can be read")
        graph = Graph(piece.resources, settings, complete=piece.complete)
        for resource in chain(piece.resources, piece.stream):
            for entry in by_type.get(resource.type, ()):
                if resource.source == "live" and "live" not in entry.rule.sources:
                    continue
                if result := verdict(entry, resource, graph):
                    yield _finding(entry, resource, result, settings)


def verdict(entry: Registered, resource: Resource, graph: Graph, *, strict: bool = False) -> Result | None:
    """What one rule says about one resource. What it could not decide, or trips over, is UNKNOWN, as is whatever
    could not be read.

    ``strict`` lets an error of the rule through (for tests).
    """
    if isinstance(resource.attributes, Unread):
        return unknown(resource.attributes.reason)
    try:
        return entry.check(resource, graph)
    except Undecided as reason:
        return unknown(str(reason))
    except Exception as error:
        if strict:
            raise
        # Evidence comes from anywhere: an attribute of an impossible shape must not stop the other checks.
        return unknown(f"the value has an unexpected shape ({type(error).__name__}: {error})")


def own_finding(
    rule_id: str, location: Location, observed: str, expected: str, verdict: Verdict = Verdict.FAIL
) -> Finding:
    """A finding of one of OWN_RULES."""
    rule = OWN_RULES[rule_id]
    return Finding(
        rule_id=rule_id,
        verdict=verdict,
        severity=rule.severity,
        resource="",
        source="",
        file=location.file,
        line=location.line,
        observed=observed,
        expected=expected,
        message=rule.title,
        remediation=rule.remediation,
        controls={},
        place=location,
    )


def _finding(entry: Registered, resource: Resource, result: Result, settings: Settings) -> Finding:
    rule = entry.rule
    return Finding(
        rule_id=rule.id,
        verdict=result.verdict,
        severity=_severity(rule, resource, settings),
        resource=resource.address,
        source=resource.source,
        file=resource.location.file,
        line=resource.line_of(result.path) if result.path else resource.location.line,
        observed=result.observed,
        expected=result.expected,
        message=rule.title,
        remediation=rule.remediation,
        controls=rule.controls,
        place=resource.location,
    )


def _severity(rule: Rule, resource: Resource, settings: Settings) -> Severity:
    """The rule's severity, or the user's; for data that is declared public never more than low."""
    if any(not settings.is_sensitive(place) for place in _places(resource)):
        return Severity.LOW
    chosen = settings.severity.get(rule.id)
    return Severity(chosen) if chosen else rule.severity


def _places(resource: Resource) -> list[str]:
    """Where the data lies that a resource is about: a bucket's name, the manifest of a job."""
    path = {
        "aws_s3_bucket": "bucket",
        "aws_sagemaker_labeling_job": "input_config.data_source.s3_data_source.manifest_s3_uri",
    }.get(resource.type)
    value = resource.peek(path) if path else None
    return [value] if isinstance(value, str) else []
