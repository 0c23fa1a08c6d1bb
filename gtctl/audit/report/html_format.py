"""The report for people as one HTML file that needs nothing else, and may reach nothing: its own policy forbids it.

Template, styles and script lie beside this file, in ``html/``; what all pages share, in ``gtctl.html_page``.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from gtctl import __version__, html_page
from gtctl.audit.model import Finding, Verdict
from gtctl.audit.outcome import Coverage, Difference, Exposure, Framework, Requirement
from gtctl.audit.pages import SOURCES
from gtctl.audit.report import Report, one_line, relative
from gtctl.audit.report.summary import answer, by_gravity, by_rule

# Class of a badge, its sign (so that colour is never all there is) and its word.
_VERDICTS = {
    Verdict.FAIL: ("fail", "✕", "Failed"),
    Verdict.UNKNOWN: ("unknown", "?", "Not proven"),
    Verdict.PASS: ("pass", "✓", "Passed"),
}
_EXPOSURES = {
    Verdict.FAIL: ("fail", "✕", "Exposed"),
    Verdict.UNKNOWN: ("unknown", "?", "Not proven"),
    Verdict.PASS: ("pass", "✓", "In order"),
}
_WAIVED = ("waived", "~", "Waived")
_COVERAGES = {
    Coverage.MET: ("pass", "✓", "Met"),
    Coverage.VIOLATED: ("fail", "✕", "Violated"),
    Coverage.UNKNOWN: ("unknown", "?", "Unknown"),
    Coverage.ATTESTED: ("attested", "✎", "Attested by hand"),
    Coverage.NOT_COVERED: ("open", "○", "Not covered by a tool"),
}
_MEANINGS = {
    Coverage.MET: "Everything that was judged for it passed.",
    Coverage.VIOLATED: "At least one rule that answers it is broken.",
    Coverage.UNKNOWN: "Something about it could not be seen, is waived, or was attested and has expired.",
    Coverage.ATTESTED: "No tool can decide it; a person vouches for it by name.",
    Coverage.NOT_COVERED: "No rule speaks about it, none found anything to judge, or nobody attests it.",
}


def render(report: Report) -> str:
    environment = html_page.environment("gtctl.audit.report")
    environment.filters |= {
        "moment": _moment,
        "day": _day,
        "where": _where,
        "near": _near,
        "short": lambda commit: re.sub(r"(?<=^[0-9a-f]{12})[0-9a-f]+", "", commit),
        "source": lambda source: SOURCES.get(source, source),
        "token": _token,
        "numbered": _numbered,
        "covered": _covered,
        "parts": _parts,
    }
    environment.tests["https"] = lambda address: address.startswith("https://")
    folder = Path(__file__).with_name("html")
    return environment.get_template("report.html.j2").render(
        report=report,
        audit=report.audit,
        version=__version__,
        answer=answer(report),
        groups=by_rule(report.findings),
        exposures=by_gravity(report.audit.exposures) if report.audit else [],
        waivers=_waivers(report),
        drift=_drift(report),
        new=_identities(report.audit.comparison.new) if report.audit and report.audit.comparison else set(),
        identity=_identity,
        verdicts=_VERDICTS,
        exposed=_EXPOSURES,
        waived=_WAIVED,
        coverages=_COVERAGES,
        meanings=_MEANINGS,
        frameworks=_framework_keys(report),
        sources=sorted({one_line(finding.source) for finding in report.findings} - {""}),
        bars=_bars,
        fail=Verdict.FAIL,
        unknown=Verdict.UNKNOWN,
        **html_page.styles(folder / "report.css"),
        **html_page.script(folder / "report.js"),
    )


# Parts of the page


def _waivers(report: Report) -> list[dict[str, Any]]:
    """One entry for each waiver with the resources it covers; those that end first on top, those in code last."""
    found: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for finding in report.findings:
        if finding.waiver:
            entry = found.setdefault(
                (("rule", finding.rule_id), *sorted(finding.waiver.items())),
                {**finding.waiver, "rule_id": finding.rule_id, "severity": finding.severity, "resources": []},
            )
            entry["resources"].append(finding.resource or relative(finding.file))
    today = report.audit.scope.finished.date() if report.audit else datetime.datetime.now(datetime.UTC).date()
    for entry in found.values():
        entry["days"] = _days_left(str(entry.get("expires", "")), today)
    return sorted(found.values(), key=lambda entry: (str(entry.get("expires", "9999")), entry["rule_id"]))


def _days_left(expires: str, today: datetime.date) -> int | None:
    try:
        return (datetime.date.fromisoformat(expires) - today).days
    except ValueError:
        return None


def _drift(report: Report) -> list[tuple[str, list[Difference]]]:
    """Differences by the address in the code."""
    grouped: dict[str, list[Difference]] = {}
    for difference in report.audit.drift if report.audit else ():
        grouped.setdefault(difference.address, []).append(difference)
    return sorted(grouped.items())


def _framework_keys(report: Report) -> list[str]:
    """Every framework that a finding names, those of the audit first."""
    keys = [framework.key for framework in report.audit.frameworks] if report.audit else []
    return list(dict.fromkeys([*keys, *sorted({key for finding in report.findings for key in finding.controls})]))


def _bars(framework: Framework, width: int = 600, gap: int = 2) -> list[tuple[str, float, float]]:
    """Class, left edge and width of each part of a framework's bar."""
    total = len(framework.requirements) or 1
    parts, left = [], 0.0
    for coverage in (Coverage.MET, Coverage.ATTESTED, Coverage.UNKNOWN, Coverage.VIOLATED, Coverage.NOT_COVERED):
        if count := framework.count(coverage):
            share = width * count / total
            parts.append((_COVERAGES[coverage][0], round(left, 2), round(max(share - gap, 1), 2)))
            left += share
    return parts


def _identity(finding: Finding) -> tuple[str, str, str, int, str]:
    return finding.rule_id, finding.file, finding.resource, finding.line, finding.verdict


def _identities(findings: Iterable[Finding]) -> set[tuple[str, str, str, int, str]]:
    return {_identity(finding) for finding in findings}


# Texts


def _moment(moment: datetime.datetime | None) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC") if moment else "not known"


def _day(moment: datetime.datetime | None) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%d") if moment else "not known"


def _where(finding: Finding) -> str:
    """The place of a finding: file and line in code, the address alone in an account."""
    place = relative(finding.file)
    return place if finding.source == "live" or "://" in place else f"{place}:{finding.line}"


def _near(arn: str, exposure: Exposure) -> str:
    """``arn`` without account and Region where they are the job's own: what is elsewhere stands out."""
    return re.sub(rf"^arn:[a-z-]+:[a-z0-9-]+:{re.escape(exposure.region)}:{re.escape(exposure.account)}:", "", arn)


def _token(values: Sequence[str], value: str | Mapping[str, Any]) -> str:
    """Positions of ``value`` (a text, or the keys of a mapping) among ``values``: what the filters compare."""
    names = [one_line(value)] if isinstance(value, str) else list(value)
    return " ".join(str(values.index(name)) for name in names if name in values)


def _numbered(texts: Iterable[str]) -> list[tuple[int, str]]:
    """Options of a filter: the position that ``_token`` gives, and the text."""
    return list(enumerate(texts))


def _covered(requirements: Sequence[Requirement], covered: bool) -> list[Requirement]:
    return [each for each in requirements if (each.coverage is not Coverage.NOT_COVERED) == covered]


def _parts(requirements: Sequence[Requirement]) -> list[tuple[str, list[Requirement]]]:
    """Requirements by the part of the framework they stand in."""
    return [(part, list(of_part)) for part, of_part in groupby(requirements, key=lambda each: each.group)]
