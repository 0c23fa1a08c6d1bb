"""What the gate saw, for people: grouped by subject, each finding with its fix and its command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gtctl.audit.masking import mask
from gtctl.audit.model import Verdict
from gtctl.jobs.gate import Item, Passage, by_group


def text(passage: Passage, name: str, accept_unknown: bool = False) -> str:
    """The whole report, with a line at its end that says what a launch would do."""
    where = f"  (account {passage.account}, {passage.region})" if passage.account else ""
    lines = [f"{name}{where}"]
    for group, items in by_group(passage.items):
        lines += ["", group, *_group(items)]
    lines += ["", f"{passage.counts}: {_outlook(passage, accept_unknown)}", ""]
    return "\n".join(lines)


def _outlook(passage: Passage, accept_unknown: bool) -> str:
    if passage.verdict is Verdict.FAIL:
        return "a launch would be refused"
    if passage.verdict is Verdict.UNKNOWN and not accept_unknown:
        return "a launch would be refused, unless with --accept-unknown"
    return "nothing is in the way" if passage.account else "nothing is in the way, as far as that can be told offline"


def _group(items: Sequence[Item]) -> Iterator[str]:
    passed = [item for item in items if item.finding.verdict is Verdict.PASS]
    if passed and all(item.finding.rule_id.startswith("GT") for item in passed):
        rules = len({item.finding.rule_id for item in passed})
        yield f"  ok       {rules} rules hold (gtctl rules list)"
    else:
        yield from _passed(items, passed)
    for item in items:
        if item.finding.verdict is not Verdict.PASS:
            yield from _told(item)


def _passed(items: Sequence[Item], passed: Sequence[Item]) -> Iterator[str]:
    """The checks of which nothing else is to be said, each once, with what they saw."""
    open_ = {item.finding.rule_id for item in items if item.finding.verdict is not Verdict.PASS}
    for check in dict.fromkeys(item.finding.rule_id for item in passed):
        if check in open_:
            continue
        own = [item.finding for item in passed if item.finding.rule_id == check]
        seen = "; ".join(dict.fromkeys(mask(finding.observed) for finding in own if finding.observed))
        yield f"  ok       {check}  {own[0].message}{f': {seen}' if seen else ''}"


def _told(item: Item) -> Iterator[str]:
    found = item.finding
    mark = "waived" if found.waiver else "FAIL" if found.verdict is Verdict.FAIL else "unknown"
    yield f"  {mark:<8} {found.rule_id}  {found.message}"
    yield f"           {mask(found.resource)}: {mask(found.observed)}"
    if found.waiver:
        yield f"           waived by {found.waiver['owner']} until {found.waiver['expires']}: {found.waiver['reason']}"
        return
    if found.remediation:
        yield f"           fix:  {found.remediation}"
    if item.command:
        yield f"           run:  {item.command}"
