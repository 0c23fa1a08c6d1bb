"""Compares an audit with an earlier one (``--baseline previous.json``, the JSON report of that audit or check)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from gtctl.audit.fingerprint import fingerprints
from gtctl.audit.model import Finding, Location, Severity, Verdict
from gtctl.audit.outcome import Comparison, Gap
from gtctl.errors import BadInput

_OPEN = (Verdict.FAIL, Verdict.UNKNOWN)


class _Earlier(msgspec.Struct, kw_only=True):
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
    findings: list[_Earlier]
    audit: dict[str, Any] | None = None


def load(file: Path) -> tuple[list[Finding], str]:
    """The findings of an earlier report, and when that audit finished ("" where the report does not say).

    Raises BadInput for what is no JSON report of gtctl.
    """
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
    return [each.finding() for each in document.findings], str(finished or "")


def compare(
    baseline: Path,
    findings: Sequence[Finding],
    *,
    rules: Collection[str],
    sources: Collection[str],
    gaps: Sequence[Gap],
) -> Comparison:
    """What became of the open findings (FAIL and UNKNOWN without a waiver) of ``baseline``.

    findings: those of this audit, as they are reported. rules, sources: what was checked, and read, this time. Only
    what was looked at again can be fixed: a finding is not, where its rule was left out, its evidence not read, or
    anything of its Region not readable.
    """
    earlier, finished = load(baseline)
    before = {mark: finding for mark, finding in _marked(earlier) if _is_open(finding)}
    now = dict(_marked(findings))
    new, unchanged = [], []
    for mark, finding in now.items():
        if _is_open(finding):
            known = before.get(mark)
            # What was open and is a violation now has become worse.
            worse = known is None or (known.verdict is Verdict.UNKNOWN and finding.verdict is Verdict.FAIL)
            (new if worse else unchanged).append(finding)
    gone = [finding for mark, finding in before.items() if mark not in now]
    fixed = [finding for finding in gone if _was_looked_at(finding, rules, sources, gaps)]
    return Comparison(
        baseline=str(baseline),
        baseline_finished=finished,
        new=new,
        fixed=[_told(finding) for finding in fixed],
        unchanged=unchanged,
        not_seen=[_told(finding) for finding in gone if finding not in fixed],
    )


def _marked(findings: Sequence[Finding]) -> zip[tuple[str, Finding]]:
    return zip(fingerprints(findings), findings, strict=True)


def _is_open(finding: Finding) -> bool:
    return finding.verdict in _OPEN and not finding.waiver


def _was_looked_at(finding: Finding, rules: Collection[str], sources: Collection[str], gaps: Sequence[Gap]) -> bool:
    if finding.rule_id not in rules or (finding.source and finding.source not in sources):
        return False
    # Of what could not be read, nobody knows which resources it would have been.
    return finding.source != "live" or not any(
        not gap.region or gap.region in finding.file for gap in gaps if gap.account
    )


def _told(finding: Finding) -> Mapping[str, str]:
    names = ("rule_id", "verdict", "severity", "resource", "source", "file", "message", "observed")
    return {name: str(getattr(finding, name)) for name in names}
