"""Puts waivers on findings: those of the settings, and ``# gtctl:waive=GT101 reason`` in the code.

A comment waives the rule on the resource that it stands in, or directly above. A waiver that has expired waives
nothing; that one, and one that fits nothing, is a finding itself.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from gtctl.audit.engine import own_finding
from gtctl.audit.model import Finding, Location, Verdict
from gtctl.audit.settings import Waiver

_COMMENT = re.compile(rb"(?:#|//)[ \t]*gtctl:waive=([A-Za-z]{2}[0-9]{3})\b[ \t]*([^\r\n]*)")
_ONLY_A_COMMENT = re.compile(r"\s*(#|//)")


@dataclass(frozen=True, slots=True)
class _Comment:
    rule: str
    reason: str
    file: str
    line: int
    covers: int  # the line below the comments among which it stands


def waive(
    findings: Sequence[Finding],
    waivers: Sequence[Waiver],
    files: Mapping[str, bytes],
    *,
    today: datetime.date,
    complete: bool,
    rules: set[str],
    account: bool = False,
) -> list[Finding]:
    """``findings`` with waivers put on those they cover, and findings about waivers that are no good.

    files: the files that were checked, for the comments in them. complete, account: whether everything was checked
    that the waivers of the settings are about, in files and in the account. rules: the ids that were checked; waivers
    of others are left alone.
    """
    comments = [comment for file, content in files.items() for comment in _comments(file, content)]
    used: set[Waiver | _Comment] = set()
    found: list[Finding] = []
    for finding in findings:
        if finding.verdict is not Verdict.PASS:
            for comment in comments:
                if comment.reason and _comment_covers(comment, finding):
                    used.add(comment)
                    finding = replace(
                        finding, waiver={"reason": comment.reason, "file": comment.file, "line": str(comment.line)}
                    )
                    break
            for waiver in waivers:
                if waiver.rule == finding.rule_id and _covers(waiver, finding):
                    used.add(waiver)
                    if waiver.expires >= today:
                        finding = replace(
                            finding,
                            waiver={
                                "owner": waiver.owner,
                                "reason": waiver.reason,
                                "expires": waiver.expires.isoformat(),
                            },
                        )
        found.append(finding)
    for comment in comments:
        if comment.rule in rules and comment not in used:
            place = Location(comment.file, comment.line)
            if comment.reason:
                found.append(own_finding("GT003", place, f"{comment.rule} finds nothing here", "a finding to waive"))
            else:
                found.append(own_finding("GT004", place, f"{comment.rule} is waived without a reason", "a reason"))
    for waiver in waivers:
        if waiver.expires < today:
            observed = f"the waiver of {waiver.rule} on {waiver.resource} by {waiver.owner} ended {waiver.expires}"
            found.append(own_finding("GT002", waiver.location, observed, "a day to come"))
        elif (account if _is_live(waiver) else complete) and waiver.rule in rules and waiver not in used:
            observed = f"{waiver.rule} finds nothing on {waiver.resource}"
            found.append(own_finding("GT003", waiver.location, observed, "a finding to waive"))
    return found


def _covers(waiver: Waiver, finding: Finding) -> bool:
    # What lies in the account has an ARN, too; a file name stands for all that has no address.
    names = [finding.resource, finding.file] if finding.source == "live" else [finding.resource or finding.file]
    return any(fnmatchcase(name, _literal(waiver.resource)) for name in names)


def _is_live(waiver: Waiver) -> bool:
    """Whether the waiver is surely about something in the account."""
    return waiver.resource.startswith(("arn:", "aws://"))


def _comments(file: str, content: bytes) -> list[_Comment]:
    if b"gtctl:waive" not in content:
        return []
    lines = content.decode(errors="replace").splitlines()
    found = []
    for match in _COMMENT.finditer(content):
        line = content.count(b"\n", 0, match.start()) + 1
        covers = line
        while covers <= len(lines) and _ONLY_A_COMMENT.match(lines[covers - 1]):
            covers += 1
        reason = match[2].decode(errors="replace").strip().removesuffix("*/").strip()
        found.append(_Comment(match[1].decode().upper(), reason, file, line, covers))
    return found


def _comment_covers(comment: _Comment, finding: Finding) -> bool:
    if comment.rule != finding.rule_id or comment.file != finding.file:
        return False
    first, last = finding.place.line, max(finding.place.end, finding.place.line)
    return first <= comment.line <= last or comment.covers in (first, finding.line)


def _literal(pattern: str) -> str:
    # Addresses hold brackets: only * and ? are special.
    return pattern.replace("[", "[[]")
