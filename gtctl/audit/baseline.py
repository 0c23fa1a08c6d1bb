"""Compares an audit with an earlier one (``--baseline previous.json``, the JSON report of that audit or check)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from gtctl.audit.fingerprint import fingerprints
from gtctl.audit.model import Finding, Location, Severity, Verdict
from gtctl.audit.outcome import Comparison, Gap
from gtctl.errors import BadInput


class _Read(msgspec.Struct, kw_only=True):
    """What of a finding in the JSON report is needed to know it again and to tell of it."""

    rule_id: str
    verdict: Verdict
    severity: Severity
    resource: str
    source: str
    file: str
    line: int
    observed: str
    expected: str
    message: str
    remediation: str
    controls: dict[str, list[str]]
    waiver: dict[str, str] | None = None

    def finding(self) -> Finding:
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__}
        return Finding(**values, place=Location(self.file, self.line))


class _Document(msgspec.Struct, kw_only=True):
    schema_version: int
    findings: list[_Read]
    audit: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier report. finished: when that audit was; "" where it does not say."""

    name: str
    findings: Sequence[Finding]
    finished: str


def load(file: Path) -> Earlier:
    """The earlier report in ``file``. Raises BadInput for what is no JSON report of gtctl."""
    try:
        document = msgspec.json.decode(file.read_bytes(), type=_Document)
    except OSError as error:
        raise BadInput(f"cannot read the baseline {file}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise BadInput(f"{file}: is no JSON report of gtctl (--format json): {error}") from error
    if document.schema_version != 1:
        raise BadInput(f"{file}: has schema_version {document.schema_version}; this gtctl reads 1")
    scope = (document.audit or {}).get("scope")
    finished = scope.get("finished") if isinstance(scope, dict) else None
    return Earlier(str(file), [each.finding() for each in document.findings], str(finished or ""))


def compare(
    earlier: Earlier,
    findings: Sequence[Finding],
    *,
    checked: Callable[[str], bool],
    sources: Collection[str],
    gaps: Sequence[Gap],
) -> Comparison:
    """What became of the open findings (FAIL and UNKNOWN without a waiver) of ``earlier``.

    findings: those of this audit, as they are reported. checked: whether the rule of an id was. sources: what was read
    this time. Only what was looked at again can be fixed: a finding is not, where its rule was left out, its evidence
    not read, or anything of its Region not readable.
    """
    before = {mark: finding for mark, finding in _marked(earlier.findings) if not finding.waiver}
    now = dict(_marked(findings))
    new: list[Finding] = []
    unchanged: list[Finding] = []
    for mark, finding in now.items():
        if not finding.waiver:
            known = before.get(mark)
            # What was open and is a violation now has become worse.
            worse = known is None or (known.verdict is Verdict.UNKNOWN and finding.verdict is Verdict.FAIL)
            (new if worse else unchanged).append(finding)
    fixed: list[Mapping[str, str]] = []
    not_seen: list[Mapping[str, str]] = []
    for mark, finding in before.items():
        if mark not in now:
            looked = checked(finding.rule_id) and _is_read(finding, sources)
            (fixed if looked and not _may_hide(finding, gaps) else not_seen).append(_told(finding))
    return Comparison(
        baseline=earlier.name,
        baseline_finished=earlier.finished,
        new=new,
        fixed=fixed,
        unchanged=unchanged,
        not_seen=not_seen,
    )


def _marked(findings: Sequence[Finding]) -> zip[tuple[str, Finding]]:
    found = [finding for finding in findings if finding.verdict is not Verdict.PASS]
    return zip(fingerprints(found), found, strict=True)


def _is_read(finding: Finding, sources: Collection[str]) -> bool:
    """Whether what the finding is about was read this time."""
    if finding.source:
        return finding.source in sources
    if finding.rule_id == "GT005":
        return ("live" if finding.file.startswith("aws://") else "checkov") in sources
    return any(source not in ("live", "checkov") for source in sources)


def _may_hide(finding: Finding, gaps: Sequence[Gap]) -> bool:
    """Whether it may still be there: of what could not be read, nobody knows which resources it would have been."""
    return finding.source == "live" and any(gap.account and gap.region in finding.file for gap in gaps)


def _told(finding: Finding) -> Mapping[str, str]:
    names = ("rule_id", "verdict", "severity", "resource", "source", "file", "message", "observed")
    return {name: str(getattr(finding, name)) for name in names}
