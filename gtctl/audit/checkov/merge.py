"""Merges checkov's checks into the findings of the rules: one finding for each problem.

Which check says the same as which rule is data: ``policies/checkov_checks.yaml``.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import msgspec

from gtctl.assets import asset_root
from gtctl.audit import registry
from gtctl.audit.checkov.run import Record
from gtctl.audit.evidence.policy_documents import policy_document
from gtctl.audit.graph import Graph
from gtctl.audit.identity_policies import IDENTITY
from gtctl.audit.model import Evidence, Finding, Location, Resource, Severity, Undecided, Unknown, Verdict
from gtctl.audit.plans import Judged, code_of_plans, without_keys
from gtctl.audit.rule import Rule
from gtctl.errors import BadInput

_WORST_FIRST = [Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS]
_NO_REASON = ("", "No comment provided")
_MODULES = re.compile(r"^(?:module\.[^.]+\.)+")


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a check; see the head of the file."""

    same: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    like: str = ""
    severity: Severity = Severity.MEDIUM
    hipaa: tuple[str, ...] = msgspec.field(default=(), name="HIPAA")
    nist: tuple[str, ...] = msgspec.field(default=(), name="NIST 800-53 r5")
    cis: tuple[str, ...] = msgspec.field(default=(), name="CIS AWS 3.0")


@dataclass(frozen=True, slots=True)
class Merged:
    """findings: the rules', those that checks say too with ``also``, and those of other checks. rules: by check.

    passed: how often each check passed.
    """

    findings: Sequence[Finding]
    rules: Mapping[str, Rule]
    passed: Mapping[str, int]


@cache
def known() -> Mapping[str, Known]:
    """Check id -> what is known of it."""
    import yaml

    file = asset_root() / "policies" / "checkov_checks.yaml"
    try:
        return msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8")), dict[str, Known])
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadInput(f"{file}: {' '.join(str(error).split())}") from error


def merge(
    findings: Sequence[Finding], records: Sequence[Record], judged: Sequence[Judged], files: Iterable[str]
) -> Merged:
    """``findings`` (of all verdicts) with what checkov says about ``files``, as the user named them.

    judged: what the findings are about, to know which bucket a bucket's settings belong to.
    """
    names = {os.path.realpath(file): file for file in files}
    of_rules = _OfRules(findings)
    owners = _Owners([each.evidence for each in judged])
    code_of = _code_of(judged)
    merged = {id(finding): finding for finding in findings}
    rules: dict[str, Rule] = {}
    passed: Counter[str] = Counter()
    told: dict[tuple[str, ...], Finding] = {}
    for record, verdict in _told_once(records, code_of):
        if record.file not in names:
            continue
        rules.setdefault(record.check, _rule(record))
        if verdict is Verdict.PASS:
            passed[record.check] += 1
            continue
        if found := of_rules.saying(record, owners, code_of.get(record.file, ())):
            # What the rule has proven to be right counts; the check may not see what the rule sees.
            if found.verdict is not Verdict.PASS:
                also = merged[id(found)].also
                merged[id(found)] = replace(merged[id(found)], also=tuple(sorted({*also, record.check})))
            continue
        finding = _finding(record, verdict, names[record.file], rules[record.check])
        told.setdefault((record.check, record.file, record.resource), finding)
    return Merged([*merged.values(), *told.values()], rules, passed)


def _code_of(judged: Sequence[Judged]) -> dict[str, set[str]]:
    """File of a plan -> the files of its code, without links."""
    found = code_of_plans(judged)
    return {os.path.realpath(plan): {os.path.realpath(file) for file in code} for plan, code in found.items()}


def _told_once(records: Sequence[Record], code_of: Mapping[str, Collection[str]]) -> Iterator[tuple[Record, Verdict]]:
    """The records with their verdicts; of a plan those that are not told where they stand in its code."""
    in_code: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        if record.source == "hcl":
            in_code[record.check, without_keys(record.resource)].append(record)
    for record in records:
        if record.result == "PASSED":
            yield record, Verdict.PASS
            continue
        same = [
            each
            for each in in_code.get((record.check, without_keys(record.resource)), ())
            if record.source == "plan" and each.file in code_of.get(record.file, ())
        ]
        if any(each.result != "PASSED" for each in same):
            continue
        # Checkov connects resources by references, which it loses in a plan where there are several instances.
        yield record, Verdict.UNKNOWN if same and record.connects else Verdict.FAIL


class _OfRules:
    """The findings of the rules, by file, name of the resource, and rule; the worst where there are several."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.found: dict[tuple[str, str, str], Finding] = {}
        real = cache(os.path.realpath)
        for finding in sorted(findings, key=lambda each: _WORST_FIRST.index(each.verdict)):
            if finding.resource:
                for name in _names(finding.resource):
                    self.found.setdefault((real(finding.file), name, finding.rule_id), finding)

    def saying(self, record: Record, owners: _Owners, code: Iterable[str]) -> Finding | None:
        """The finding that says the same as ``record``, a pass included; or that it is a part of.

        code: for a record of a plan, where what is told of both stands.
        """
        about = known().get(record.check, Known())
        places = [*owners.of(record), *((file, record.resource) for file in sorted(code))]
        for rule_id in (*about.same, *about.within):
            for file, resource in [(record.file, record.resource), *places]:
                for name in (resource, f"data.{resource}", without_keys(resource)):
                    finding = self.found.get((file, name, rule_id))
                    if finding and (finding.verdict is not Verdict.PASS or rule_id in about.same):
                        return finding
        return None


class _Owners:
    """What a resource is a part of: the bucket of a bucket's settings, the policies that a policy document is for."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        self.pieces = evidence
        self.by_file: dict[str, list[tuple[int, Resource]]] | None = None
        self.graphs: dict[int, Graph] = {}

    def of(self, record: Record) -> list[tuple[str, str]]:
        """File and address of each."""
        if self.by_file is None:
            self.by_file = defaultdict(list)
            for at, piece in enumerate(self.pieces):
                for resource in piece.resources:
                    self.by_file[os.path.realpath(resource.location.file)].append((at, resource))
        wanted = {record.resource, f"data.{record.resource}"}
        return [
            (os.path.realpath(owner.location.file), owner.address)
            for at, resource in self.by_file.get(record.file, ())
            if wanted.intersection(_names(resource.address))
            for owner in self._owners(at, resource)
        ]

    def _owners(self, at: int, resource: Resource) -> list[Resource]:
        graph = (
            self.graphs.setdefault(at, Graph(self.pieces[at].resources)) if at not in self.graphs else self.graphs[at]
        )
        if resource.type == "data.aws_iam_policy_document":
            text = _text(policy_document(resource.attributes))
            return [policy for policy in graph.of_type(*IDENTITY) if _text(policy.peek("policy")) == text]
        if not resource.type.startswith("aws_s3_bucket_"):
            return []
        try:
            bucket = graph.target(resource.peek("bucket"), "aws_s3_bucket")
        except Undecided:
            return []
        return [bucket] if bucket else []


def _text(value: Any) -> str:
    structure = value.json if isinstance(value, Unknown) else value
    if isinstance(structure, str):
        return structure
    return json.dumps(structure, default=lambda item: item.text if isinstance(item, Unknown) else str(item))


@cache
def _names(address: str) -> tuple[str, ...]:
    """Under which checkov may know a resource: one where gtctl has instances, or a module by itself."""
    plain = without_keys(address)
    return tuple({address, plain, _MODULES.sub("", plain)})


def _rule(record: Record) -> Rule:
    about = known().get(record.check, Known())
    entry = registry.rule(next(iter((*about.same, *about.within)), about.like))
    rule = entry.rule if entry else None
    return Rule(
        id=record.check,
        title=record.name,
        severity=about.severity,
        resource_types=(),
        sources=(),
        rationale="A built-in check of checkov, which gtctl runs beside its own rules.",
        remediation=f"Correct what the check names, or skip it in the code: #checkov:skip={record.check}:the reason",
        references=("https://www.checkov.io/5.Policy%20Index/terraform.html",),
        hipaa=about.hipaa or (rule.hipaa if rule else ()),
        nist=about.nist or (rule.nist if rule else ()),
        cis=about.cis or (rule.cis if rule else ()),
    )


def _finding(record: Record, verdict: Verdict, file: str, rule: Rule) -> Finding:
    waiver, observed = None, f"checkov looked at {', '.join(record.keys)}" if record.keys else ""
    if record.result == "SKIPPED" and record.comment in _NO_REASON:
        observed = "it is skipped without a reason, which waives nothing"
    elif record.result == "SKIPPED":
        waiver = {"reason": record.comment, "file": file, "line": str(record.line)}
    if verdict is Verdict.UNKNOWN:
        observed = "checkov passes the code and fails the plan, where it may not see what belongs together"
    return Finding(
        rule_id=rule.id,
        verdict=verdict,
        severity=rule.severity,
        resource=record.resource,
        source=record.source,
        file=file,
        line=record.line,
        observed=observed,
        expected="",
        message=rule.title,
        remediation=rule.remediation,
        controls=rule.controls,
        place=Location(file, record.line, record.end),
        waiver=waiver,
    )
