"""A plan and the code that it was made from say the same twice: one finding for each problem, where the code stands."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gtctl.audit.model import Evidence, Finding, Verdict

_KEYS = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')


@dataclass(frozen=True, slots=True)
class Judged:
    """One piece of evidence of files, and what the rules say about it."""

    evidence: Evidence
    findings: Sequence[Finding]

    @property
    def files(self) -> frozenset[str]:
        return frozenset(resource.location.file for resource in self.evidence.resources)


@dataclass(frozen=True, slots=True)
class Pair:
    """A plan, and the root module that it was made from."""

    plan: Judged
    code: Judged


def without_keys(address: str) -> str:
    """``module.a["x"].aws_s3_bucket.b[0]`` -> ``module.a.aws_s3_bucket.b``."""
    return _KEYS.sub("", address)


def pairs(judged: Sequence[Judged]) -> list[Pair]:
    """The plans of which the code is there: of the root modules that have all that is planned, the smallest."""
    names = [(each, _names(each.evidence)) for each in judged]
    found = []
    for plan, planned in names:
        if _source(plan) == "plan" and planned:
            roots = [
                (len(has), at) for at, (code, has) in enumerate(names) if _source(code) == "hcl" and planned <= has
            ]
            if roots:
                found.append(Pair(plan, judged[min(roots)[1]]))
    return found


def told_once(findings: Sequence[Finding], judged: Sequence[Judged]) -> list[Finding]:
    """``findings`` without what is told twice.

    The plan is the more exact view, and the code has the place, and the waivers in its comments. So what fails in both
    stays where it stands in the code, as does what the code leaves open and the plan decides to fail. What the code
    leaves open and the plan passes is passed, if no other root module leaves the same open.
    """
    dropped: set[_Key] = set()
    worse: dict[_Key, Finding] = {}
    for pair in pairs(judged):
        elsewhere = {_key(each) for other in judged if other is not pair.code for each in other.findings}
        planned: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in pair.plan.findings:
            for name in {finding.resource, without_keys(finding.resource)}:
                planned[finding.rule_id, name].append(finding)
        for code in pair.code.findings:
            # An instance that the code does not know by its key stands for all of them.
            name = without_keys(code.resource) if "[*]" in code.resource else code.resource
            same = planned.get((code.rule_id, name), []) if code.resource else []
            if not same or code.verdict is Verdict.PASS:
                continue
            told_by_plan = [each for each in same if each.verdict is not Verdict.PASS]
            failed = next((each for each in told_by_plan if each.verdict is Verdict.FAIL), None)
            if code.verdict is Verdict.UNKNOWN and failed:
                worse[_key(code)] = replace(
                    code, verdict=Verdict.FAIL, observed=failed.observed, expected=failed.expected
                )
            if told_by_plan:
                dropped.update(map(_key, told_by_plan))
            elif code.verdict is Verdict.UNKNOWN and _key(code) not in elsewhere:
                dropped.add(_key(code))
    return [worse.get(_key(each), each) for each in findings if _key(each) not in dropped]


def code_of_plans(judged: Sequence[Judged]) -> Mapping[str, frozenset[str]]:
    """File of a plan -> the files of the code that it was made from."""
    return {file: pair.code.files for pair in pairs(judged) for file in pair.plan.files}


_Key = tuple[str, str, int, str, Verdict]


def _key(finding: Finding) -> _Key:
    return finding.rule_id, finding.file, finding.line, finding.resource, finding.verdict


def _source(judged: Judged) -> str:
    return next((resource.source for resource in judged.evidence.resources), "")


def _names(evidence: Evidence) -> set[str]:
    return {without_keys(each.address) for each in evidence.resources if each.type.startswith("aws_")}
