"""What became of the findings of an earlier audit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gtctl.audit import baseline
from gtctl.audit.engine import own_finding
from gtctl.audit.model import Finding, Location, Severity, Verdict
from gtctl.audit.outcome import Comparison, Gap
from gtctl.audit.report import json_format
from gtctl.errors import BadInput
from tests.audit.report.audits import ACCOUNT, REGION, full_report
from tests.audit.report.samples import finding, report

OLD = finding(resource="aws_sagemaker_flow_definition.old")
KEPT = finding(resource="aws_sagemaker_flow_definition.kept")
NEW = finding(resource="aws_sagemaker_flow_definition.new")
LIVE = finding(source="live", file=f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:labeling-job/x", resource="job.x")


def compared(
    tmp_path: Path,
    before: list[Finding],
    now: list[Finding],
    *,
    rules: tuple[str, ...] = ("GT101",),
    sources: tuple[str, ...] = ("hcl", "live"),
    gaps: tuple[Gap, ...] = (),
) -> Comparison:
    file = tmp_path / "previous.json"
    file.write_text(json_format.render(report(*before)))
    return baseline.compare(baseline.load(file), now, checked=rules.__contains__, sources=sources, gaps=gaps)


def names(found: Comparison) -> dict[str, list[str]]:
    """What became of what, by the last part of its address."""
    told = {
        "new": [each.resource for each in found.new],
        "unchanged": [each.resource for each in found.unchanged],
        "fixed": [each["resource"] for each in found.fixed],
        "not_seen": [each["resource"] for each in found.not_seen],
    }
    return {name: [each.rpartition(".")[2] for each in resources] for name, resources in told.items()}


def test_findings_are_new_fixed_or_unchanged(tmp_path: Path) -> None:
    found = compared(tmp_path, [OLD, KEPT], [KEPT, NEW])
    assert names(found) == {"new": ["new"], "unchanged": ["kept"], "fixed": ["old"], "not_seen": []}


def test_a_finding_is_the_same_when_its_lines_move_or_its_value_changes(tmp_path: Path) -> None:
    moved = replace(KEPT, line=99, observed="another team", severity=Severity.LOW)
    assert names(compared(tmp_path, [KEPT], [moved]))["unchanged"] == ["kept"]


def test_what_was_unknown_and_is_a_violation_now_is_new_and_the_other_way_round_it_is_not_fixed(tmp_path: Path) -> None:
    unknown = replace(KEPT, verdict=Verdict.UNKNOWN)
    assert names(compared(tmp_path, [unknown], [KEPT]))["new"] == ["kept"]
    assert names(compared(tmp_path, [KEPT], [unknown])) == names(compared(tmp_path, [KEPT], [KEPT]))


def test_what_is_waived_now_is_neither_fixed_nor_unchanged(tmp_path: Path) -> None:
    waived = replace(KEPT, waiver={"reason": "accepted"})
    assert not any(names(compared(tmp_path, [KEPT], [waived])).values())
    assert names(compared(tmp_path, [waived], [KEPT]))["new"] == ["kept"]


def test_passes_in_either_report_change_nothing(tmp_path: Path) -> None:
    passed = replace(OLD, verdict=Verdict.PASS)
    assert names(compared(tmp_path, [OLD], [passed]))["fixed"] == ["old"]
    assert not any(names(compared(tmp_path, [passed], [])).values())


@pytest.mark.parametrize(
    "looked",
    [
        {"rules": ("GT102",)},
        {"sources": ("hcl",)},
        {"gaps": (Gap(what="jobs", why="AccessDenied", account=ACCOUNT, region=REGION),)},
        {"gaps": (Gap(what="roles", why="AccessDenied", account=ACCOUNT),)},
    ],
)
def test_what_was_not_looked_at_again_is_not_fixed(tmp_path: Path, looked: dict[str, tuple[str, ...]]) -> None:
    assert names(compared(tmp_path, [LIVE], [], **looked))["not_seen"] == ["x"]  # type: ignore[arg-type]
    elsewhere = Gap(what="jobs", why="AccessDenied", account=ACCOUNT, region="us-west-2")
    assert names(compared(tmp_path, [LIVE], [], gaps=(elsewhere,)))["fixed"] == ["x"]


@pytest.mark.parametrize(
    ("file", "sources", "fate"),
    [
        ("aws://1/us-east-1", ("hcl", "checkov"), "not_seen"),
        ("aws://1/us-east-1", ("live",), "fixed"),
        ("checkov's built-in AWS checks", ("live", "hcl"), "not_seen"),
        ("checkov's built-in AWS checks", ("checkov", "hcl"), "fixed"),
    ],
)
def test_a_gap_is_closed_only_where_it_was_looked_at_again(
    tmp_path: Path, file: str, sources: tuple[str, ...], fate: str
) -> None:
    gap = own_finding("GT005", Location(file), "not read", "to be read", Verdict.UNKNOWN)
    found = compared(tmp_path, [gap], [], rules=("GT005",), sources=sources)
    assert {name for name, told in names(found).items() if told} == {fate}


def test_a_file_that_could_not_be_read_is_fixed_only_where_files_were_read(tmp_path: Path) -> None:
    broken = own_finding("GT001", Location("a.tf"), "is not HCL", "a file that can be read")
    for sources, fate in ((("live",), "not_seen"), (("hcl",), "fixed")):
        found = compared(tmp_path, [broken], [], rules=("GT001",), sources=sources)
        assert {name for name, told in names(found).items() if told} == {fate}


def test_the_report_of_an_audit_says_when_it_was(tmp_path: Path) -> None:
    file = tmp_path / "previous.json"
    file.write_text(json_format.render(full_report()))
    assert baseline.load(file).finished.startswith("2026-11-26T08:01:34")


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"schema_version": 1, "findings": [{}]}', '{"schema_version": 2, "findings": []}']
)
def test_what_is_no_report_is_bad_input(tmp_path: Path, text: str) -> None:
    file = tmp_path / "previous.json"
    file.write_text(text)
    with pytest.raises(BadInput, match=r"previous\.json"):
        baseline.load(file)
