"""What a rule is made of. A rule file imports everything it needs from here.

A rule is one file ``policies/<family>/<id>_<name>.py`` with two names in it::

    RULE = Rule(id="GT110", title=..., ...)

    def check(resource: Resource, graph: Graph) -> Result | None:
        if resource.get("mfa_configuration") == "ON":
            return passed("mfa_configuration is ON")
        return failed("mfa_configuration", observed=..., expected="ON")

``check`` is pure. It returns None where the rule says nothing about this resource. It looks at values through
``resource.get``, so that what is unknown ends the check with UNKNOWN; it never tests for Unknown itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gtctl.audit.graph import Graph, elsewhere
from gtctl.audit.model import (
    MISSING,
    Resource,
    Severity,
    Undecided,
    Unknown,
    Verdict,
    all_of,
    any_of,
    is_set,
    may_equal,
)

__all__ = [
    "Graph",
    "Resource",
    "Result",
    "Rule",
    "Severity",
    "Undecided",
    "Unknown",
    "Verdict",
    "all_of",
    "any_of",
    "elsewhere",
    "failed",
    "is_set",
    "may_equal",
    "passed",
    "shown",
    "unknown",
    "worst",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is said about a rule in listings, reports and its page.

    title: what holds when all is well, in one line without a full stop.
    rationale: why it matters, for an auditor. remediation: what to do, in a sentence.
    resource_types: the resources ``check`` is called with. sources: the readers it is proven on by fixtures.
    example_hcl, example_job: code that passes this rule (the tests scan it); the latter for CreateLabelingJob.
    hipaa, nist, cis: ids of 45 CFR, NIST SP 800-53 r5, CIS AWS Foundations v3.0; aws_config: Config rule identifiers.
    """

    id: str
    title: str
    severity: Severity
    resource_types: Sequence[str]
    sources: Sequence[str]
    rationale: str
    remediation: str
    references: Sequence[str]
    example_hcl: str = ""
    example_job: str = ""
    hipaa: Sequence[str] = ()
    nist: Sequence[str] = ()
    cis: Sequence[str] = ()
    aws_config: Sequence[str] = ()

    @property
    def controls(self) -> dict[str, Sequence[str]]:
        """Framework -> requirement ids, frameworks without any left out."""
        named = {
            "HIPAA": self.hipaa,
            "NIST 800-53 r5": self.nist,
            "CIS AWS 3.0": self.cis,
            "AWS Config": self.aws_config,
        }
        return {framework: ids for framework, ids in named.items() if ids}


@dataclass(frozen=True, slots=True)
class Result:
    """What a rule says about one resource; ``path`` is the attribute it is about (for the line number)."""

    verdict: Verdict
    observed: str
    expected: str = ""
    path: str = ""


Check = Callable[[Resource, Graph], Result | None]


def passed(observed: str = "", path: str = "") -> Result:
    return Result(Verdict.PASS, observed, "", path)


def failed(path: str, observed: Any, expected: str) -> Result:
    """``observed`` is shown as JSON unless it is text for people already; None reads "not set"."""
    return Result(Verdict.FAIL, shown(observed), expected, path)


def unknown(reason: str, path: str = "", expected: str = "") -> Result:
    return Result(Verdict.UNKNOWN, reason, expected, path)


def worst(items: Sequence[Any], judge: Callable[[Any], Result | None]) -> Result | None:
    """The worst of what ``judge`` says about each item: FAIL before UNKNOWN before PASS; None where it says nothing.

    An item that is unknown, or needs something unknown, counts as UNKNOWN and hides no FAIL of another.
    """
    order = [Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS]
    found = []
    for item in items.undecided() if isinstance(items, Unknown) else items:
        try:
            result = _judged(judge, item)
        except Undecided as reason:
            result = unknown(str(reason))
        if result:
            found.append(result)
    return min(found, key=lambda result: order.index(result.verdict), default=None)


def _judged(judge: Callable[[Any], Result | None], item: Any) -> Result | None:
    if isinstance(item, Unknown) and item.maybe is not MISSING:
        result = _judged(judge, item.maybe)
        return (
            unknown(item.reason, result.path, result.expected) if result and result.verdict is Verdict.FAIL else result
        )
    if isinstance(item, Unknown) and item.options:
        results = [_judged(judge, option) for option in item.options]
        same = len({result.verdict if result else None for result in results}) == 1
        return results[0] if same else unknown(item.reason)
    return judge(item)


def shown(value: Any) -> str:
    """``value`` for people, on one line, cut to a readable length."""
    if value is None:
        return "not set"
    if isinstance(value, Unknown):
        text = value.text
    elif isinstance(value, str):
        text = value
    else:
        import json

        text = json.dumps(value, default=lambda item: item.text if isinstance(item, Unknown) else str(item))
    text = " ".join(text.split())
    return text if len(text) <= 160 else f"{text[:157]}..."
