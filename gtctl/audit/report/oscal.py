"""OSCAL assessment results 1.1.2 (https://pages.nist.gov/OSCAL), JSON, for tools that manage risk and authorization.

An observation for every finding and every labeling job, a risk for every failure, a finding for every requirement that
is met, violated or unknown: "not-satisfied" unless it is met. What people attest is an attestation, and no finding.
Ids are made from what they name, so that the same input gives the same document but for times.
"""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from gtctl import __version__
from gtctl.audit.fingerprint import fingerprints
from gtctl.audit.model import Finding, Verdict
from gtctl.audit.outcome import Audit, Coverage, Difference, Exposure, Requirement
from gtctl.audit.report import Report, one_line, relative, said, waived

OSCAL_VERSION = "1.1.2"
_NAMESPACE = UUID("6e3bd8a4-1f5c-5d7e-9a41-0c6b7f2d8e90")
_PROPERTIES = "https://github.com/gtctl/gtctl/ns/oscal"
_STATES = {Coverage.MET: "satisfied", Coverage.VIOLATED: "not-satisfied", Coverage.UNKNOWN: "not-satisfied"}
_REASONS = {Coverage.MET: "pass", Coverage.VIOLATED: "fail", Coverage.UNKNOWN: "other"}
_Identified = Sequence[tuple[Finding, str]]
"""Findings with their fingerprints."""

_NO_TOKEN = re.compile(r"[^A-Za-z0-9._-]+")


def render(report: Report) -> str:
    audit = report.audit
    now = datetime.datetime.now(datetime.UTC)
    started, finished = (_time(audit.scope.started), _time(audit.scope.finished)) if audit else (_time(now), _time(now))
    identified = list(zip(report.findings, fingerprints(report.findings), strict=True))
    observed = list(_observations(report, identified, finished))
    requirements = list(_requirements(report))
    owners = sorted({each.attestation.owner for _, each in requirements if each.attestation})
    result: dict[str, Any] = {
        "uuid": _uuid("result", *_identity(audit)),
        "title": "gtctl audit" if audit else "gtctl check",
        "description": _summary(report),
        "start": started,
        "end": finished,
        "local-definitions": _filled({"inventory-items": _items(report)}),
        "reviewed-controls": {"control-selections": _reviewed(requirements)},
        "attestations": list(_attestations(requirements)),
        "observations": [observation for _, observation in observed],
        "risks": list(_risks(report, identified)),
        "findings": list(_findings(requirements, observed, identified)),
        "remarks": _gaps(audit) if audit else "",
    }
    metadata = {
        "title": "Labeling of sensitive images on Amazon SageMaker Ground Truth",
        "last-modified": finished,
        "version": __version__,
        "oscal-version": OSCAL_VERSION,
        "roles": [{"id": "attester", "title": "Whoever vouches for what no tool can decide"}] if owners else [],
        "parties": [{"uuid": _uuid("owner", owner), "type": "person", "name": _text(owner)} for owner in owners],
    }
    document = {
        "uuid": _uuid("document", *_identity(audit)),
        "metadata": _filled(metadata),
        "import-ap": {"href": f"#{_uuid('plan')}"},
        "results": [_filled(result)],
        "back-matter": {
            "resources": [
                {
                    "uuid": _uuid("plan"),
                    "title": "What gtctl checks",
                    "description": "The rules of gtctl, each with its rationale and the requirements it answers.",
                    "rlinks": [{"href": "https://github.com/gtctl/gtctl/tree/main/docs/rules"}],
                }
            ]
        },
    }
    return json.dumps({"assessment-results": document}, indent=2) + "\n"


# What was seen


def _observations(report: Report, identified: _Identified, collected: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rule id ("" for a labeling job's exposure) and the observation, for findings, jobs and drift."""
    for finding, fingerprint in identified:
        yield (
            finding.rule_id,
            _filled(
                {
                    "uuid": _uuid("observation", fingerprint),
                    "title": f"{finding.rule_id}: {_text(finding.message)}",
                    "description": said(finding),
                    "props": _props(
                        rule=finding.rule_id,
                        verdict=finding.verdict,
                        severity=finding.severity,
                        source=finding.source,
                        waiver=waived(finding),
                    ),
                    "methods": ["TEST"],
                    "types": ["finding"],
                    "subjects": [{"subject-uuid": _uuid("item", _subject(finding)), "type": "inventory-item"}],
                    "relevant-evidence": [{"description": _text(f"{relative(finding.file)}:{finding.line}")}],
                    "collected": collected,
                }
            ),
        )
    # Masked names may be equal.
    seen: Counter[tuple[str, ...]] = Counter()

    def unique(*name: str) -> str:
        seen[name] += 1
        return _uuid(*name, str(seen[name]))

    for exposure in report.audit.exposures if report.audit else ():
        yield "", {"uuid": unique("exposure", exposure.job_arn, exposure.job)} | _exposure(exposure, collected)
    for difference in report.audit.drift if report.audit else ():
        yield "", {"uuid": unique("drift", difference.address, difference.attribute)} | _drift(difference, collected)


def _exposure(exposure: Exposure, collected: str) -> dict[str, Any]:
    viewers = exposure.viewers if exposure.viewers is not None else f"not known: {exposure.viewers_reason}"
    return {
        "title": _text(f"Exposure of {exposure.job}"),
        "description": _text(f"Who could see the images: {exposure.reason}"),
        "props": _props(
            verdict=exposure.verdict,
            account=exposure.account,
            region=exposure.region,
            job=exposure.job_arn,
            status=exposure.status,
            workforce=exposure.workforce,
            workteam=exposure.workteam,
            viewers=str(viewers),
            network=exposure.network,
            input=exposure.input_location,
            output=exposure.output_location,
            key=exposure.output_key or "none",
            classification=exposure.classification,
            objects="" if exposure.objects is None else str(exposure.objects),
            first=_time(exposure.first) if exposure.first else "",
            last=_time(exposure.last) if exposure.last else "",
        ),
        "methods": ["EXAMINE"],
        "types": ["historic"],
        "collected": collected,
    }


def _drift(difference: Difference, collected: str) -> dict[str, Any]:
    live = f" ({difference.live})" if difference.live else ""
    return {
        "title": _text(f"Drift: {difference.address} {difference.attribute}"),
        "description": _text(f"The code says {difference.planned}, the account says {difference.observed}{live}"),
        "methods": ["TEST"],
        "types": ["discovery"],
        "collected": collected,
    }


def _items(report: Report) -> list[dict[str, Any]]:
    subjects = {_subject(finding): finding for finding in report.findings}
    return [
        {
            "uuid": _uuid("item", subject),
            "description": _text(finding.resource or relative(finding.file)),
            "props": _props(**{"asset-id": subject}),
        }
        for subject, finding in subjects.items()
    ]


def _risks(report: Report, identified: _Identified) -> Iterator[dict[str, Any]]:
    """A risk for each failure: open, or an approved deviation where it is waived."""
    for finding, fingerprint in identified:
        if finding.verdict is not Verdict.FAIL:
            continue
        waiver = finding.waiver or {}
        risk = {
            "uuid": _uuid("risk", fingerprint),
            "title": f"{finding.rule_id}: {_text(finding.message)}",
            "description": said(finding),
            "statement": _text(report.rules[finding.rule_id].rationale),
            "props": _props(severity=finding.severity, waiver=waived(finding)),
            "status": "deviation-approved" if waiver else "open",
            "remediations": [
                {
                    "uuid": _uuid("remediation", fingerprint),
                    "lifecycle": "recommendation",
                    "title": "What to do",
                    "description": _text(finding.remediation),
                }
            ],
            "related-observations": [{"observation-uuid": _uuid("observation", fingerprint)}],
        }
        if re.fullmatch(r"\d{4}-\d\d-\d\d", waiver.get("expires", "")):
            risk["deadline"] = f"{waiver['expires']}T23:59:59Z"
        yield risk


# What it means for the requirements


def _requirements(report: Report) -> Iterator[tuple[str, Requirement]]:
    """Framework key and requirement; a check without an audit knows only those that its findings violate."""
    if report.audit:
        for framework in report.audit.frameworks:
            yield from ((framework.key, requirement) for requirement in framework.requirements)
        return
    violated: dict[tuple[str, str], set[str]] = {}
    for finding in report.findings:
        if finding.verdict is Verdict.FAIL and not finding.waiver:
            for key, ids in finding.controls.items():
                for requirement_id in ids:
                    violated.setdefault((key, requirement_id), set()).add(finding.rule_id)
    for (key, requirement_id), rules in sorted(violated.items()):
        yield (
            key,
            Requirement(
                id=requirement_id, title=f"{key} {requirement_id}", coverage=Coverage.VIOLATED, rules=sorted(rules)
            ),
        )


def _reviewed(requirements: Sequence[tuple[str, Requirement]]) -> list[dict[str, Any]]:
    selections = []
    for key in dict.fromkeys(key for key, _ in requirements):
        controls = [{"control-id": control_id(key, each.id)} for of, each in requirements if of == key]
        selections.append({"description": _text(key), "include-controls": controls})
    return selections or [{"include-all": {}}]


def _findings(
    requirements: Sequence[tuple[str, Requirement]],
    observed: Sequence[tuple[str, dict[str, Any]]],
    identified: _Identified,
) -> Iterator[dict[str, Any]]:
    by_rule: dict[str, list[str]] = {}
    for rule_id, observation in observed:
        by_rule.setdefault(rule_id, []).append(observation["uuid"])
    risks: dict[str, list[str]] = {}
    for finding, fingerprint in identified:
        if finding.verdict is Verdict.FAIL:
            risks.setdefault(finding.rule_id, []).append(_uuid("risk", fingerprint))
    for key, requirement in requirements:
        if requirement.coverage not in _STATES:
            continue
        counts = (
            f"{requirement.failed} failed, {requirement.unknown} unknown, {requirement.waived} waived, "
            f"{requirement.passed} passed"
        )
        yield _filled(
            {
                "uuid": _uuid("finding", key, requirement.id),
                "title": _text(f"{requirement.id}: {requirement.title}"),
                "description": _text(f"{requirement.coverage}: {counts}"),
                "props": _props(framework=key, requirement=requirement.id, coverage=requirement.coverage),
                "target": {
                    "type": "statement-id",
                    "target-id": f"{control_id(key, requirement.id)}_smt",
                    "status": _filled(
                        {
                            "state": _STATES[requirement.coverage],
                            "reason": _REASONS[requirement.coverage],
                            "remarks": _text(requirement.reason) if requirement.reason else "",
                        }
                    ),
                },
                "related-observations": [
                    {"observation-uuid": each} for rule in requirement.rules for each in by_rule.get(rule, ())
                ],
                "related-risks": [{"risk-uuid": each} for rule in requirement.rules for each in risks.get(rule, ())],
            }
        )


def _attestations(requirements: Sequence[tuple[str, Requirement]]) -> Iterator[dict[str, Any]]:
    for key, requirement in requirements:
        attestation = requirement.attestation
        if attestation is None:
            continue
        until = f"; holds until {attestation.expires}" if attestation.expires else ""
        yield {
            "responsible-parties": [{"role-id": "attester", "party-uuids": [_uuid("owner", attestation.owner)]}],
            "parts": [
                {
                    "name": "authorized-statements",
                    "title": _text(f"{key} {requirement.id}: {requirement.title}"),
                    "prose": _text(f"{attestation.statement} ({attestation.owner}, {attestation.date}{until})"),
                    "props": _props(coverage=requirement.coverage, reason=requirement.reason),
                }
            ],
        }


def control_id(framework: str, requirement_id: str) -> str:
    """The id of a control as OSCAL wants it: that of NIST's own catalog (``ac-2.1``), else ``hipaa_164.312.a.1``."""
    token = _NO_TOKEN.sub(".", requirement_id).strip(".")
    if framework.startswith("NIST 800-53"):
        return token.lower()
    return f"{_NO_TOKEN.sub('-', framework).lower()}_{token}"


# Texts and ids


def _summary(report: Report) -> str:
    counts = (
        f"{report.count(Verdict.FAIL)} failed, {report.count(Verdict.UNKNOWN)} unknown, {report.waived} waived, "
        f"{report.passed} passed."
    )
    if not report.audit:
        return counts
    scope = report.audit.scope
    places = {"Accounts": scope.accounts, "Regions": scope.regions, "paths": scope.paths}
    named = [f"{name}: {', '.join(values)}." for name, values in places.items() if values]
    return _text(" ".join([counts, *named, f"Commit: {scope.commit}." if scope.commit else ""]))


def _gaps(audit: Audit) -> str:
    if not audit.scope.gaps:
        return ""
    gaps = [f"{gap.what}: {gap.why}{f' ({gap.permission})' if gap.permission else ''}" for gap in audit.scope.gaps]
    return _text(f"Could not be read: {'; '.join(gaps)}")


def _identity(audit: Audit | None) -> tuple[str, ...]:
    if audit is None:
        return ("check",)
    return (*audit.scope.accounts, *audit.scope.regions, *audit.scope.paths, audit.scope.commit)


def _subject(finding: Finding) -> str:
    return f"{relative(finding.file)} {finding.resource}".strip()


def _uuid(*name: str) -> str:
    return str(uuid5(_NAMESPACE, "\0".join(name).encode(errors="surrogateescape").hex()))


def _props(**values: str) -> list[dict[str, str]]:
    """Properties with a value; what has none is left out, because OSCAL allows no empty text."""
    return [
        {"name": name, "ns": _PROPERTIES, "value": text} for name, value in values.items() if (text := _word(value))
    ]


def _word(value: str) -> str:
    return one_line(value).strip()


def _text(value: str) -> str:
    """A text on one line that is not empty."""
    return _word(value) or "-"


def _time(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` without what is empty: OSCAL allows no empty list."""
    return {name: value for name, value in values.items() if value not in ("", [], {})}
