"""Merges checkov's checks into the findings of the rules: one finding for each problem.

Which check says the same as which rule is data: ``policies/checkov_checks.yaml``.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
from gtctl.audit.rule import Rule
from gtctl.errors import BadInput

_KEYS = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')
_NO_REASON = ("", "No comment provided")
_MODULES = re.compile(r"^(?:module\.[^.]+\.)+")


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a check; see the head of the file."""

    same: tuple[str, ...] = ()
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
    findings: Sequence[Finding], records: Iterable[Record], evidence: Sequence[Evidence], files: Iterable[str]
) -> Merged:
    """``findings`` (of all verdicts) with what checkov says about ``files``, as the user named them.

    evidence: what the findings are about, to know which bucket a bucket's settings belong to.
    """
    names = {os.path.realpath(file): file for file in files}
    open_ones = _Open(findings)
    owners = _Owners(evidence)
    merged = {id(finding): finding for finding in findings}
    rules: dict[str, Rule] = {}
    passed: Counter[str] = Counter()
    told: dict[tuple[str, ...], Finding] = {}
    for record in records:
        if record.file not in names:
            continue
        rules.setdefault(record.check, _rule(record))
        if record.result == "PASSED":
            passed[record.check] += 1
            continue
        if found := open_ones.saying(record, owners):
            also = merged[id(found)].also
            merged[id(found)] = replace(merged[id(found)], also=tuple(sorted({*also, record.check})))
            continue
        finding = _finding(record, names[record.file], rules[record.check])
        told.setdefault((record.check, record.file, record.resource), finding)
    return Merged([*merged.values(), *told.values()], rules, passed)


class _Open:
    """The findings of the rules that are no passes, by file, name of the resource, and rule."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.found: dict[tuple[str, str, str], Finding] = {}
        real = cache(os.path.realpath)
        for finding in findings:
            if finding.verdict is not Verdict.PASS and finding.resource:
                for name in _names(finding.resource):
                    self.found.setdefault((real(finding.file), name, finding.rule_id), finding)

    def saying(self, record: Record, owners: _Owners) -> Finding | None:
        """The finding that says the same as ``record``."""
        for rule_id in known().get(record.check, Known()).same:
            for file, resource in [(record.file, record.resource), *owners.of(record)]:
                for name in (resource, f"data.{resource}", _KEYS.sub("", resource)):
                    if finding := self.found.get((file, name, rule_id)):
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
    without_keys = _KEYS.sub("", address)
    return tuple({address, without_keys, _MODULES.sub("", without_keys)})


def _rule(record: Record) -> Rule:
    about = known().get(record.check, Known())
    entry = registry.rule(next(iter(about.same), about.like))
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


def _finding(record: Record, file: str, rule: Rule) -> Finding:
    waiver, observed = None, f"checkov looked at {', '.join(record.keys)}" if record.keys else ""
    if record.result == "SKIPPED" and record.comment in _NO_REASON:
        observed = "it is skipped without a reason, which waives nothing"
    elif record.result == "SKIPPED":
        waiver = {"reason": record.comment, "file": file, "line": str(record.line)}
    return Finding(
        rule_id=rule.id,
        verdict=Verdict.FAIL,
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
