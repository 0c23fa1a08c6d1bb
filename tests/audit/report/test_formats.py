"""The other reports: each says everything it is given, and nothing that it quotes can break it."""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gtctl.audit.model import Severity, Verdict
from gtctl.audit.report import FORMATS, csv_format, github, junit, markdown, writer
from gtctl.cli import run
from tests.audit.report.samples import EVERYTHING, finding, report

UNKNOWN = EVERYTHING[1]
WAIVED = EVERYTHING[3]
NASTY = EVERYTHING[5]


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("text", "json")])
def test_any_report_can_be_written_as_utf_8_and_repeats_no_control_character(name: str) -> None:
    text = writer(name)(report(*EVERYTHING))
    text.encode()
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028]", text)


# JUnit


def test_junit_has_a_test_for_each_finding_and_says_which_failed() -> None:
    suites = ElementTree.fromstring(junit.render(report(*EVERYTHING)).encode())  # noqa: S314
    assert {name: suites.get(name) for name in ("tests", "failures", "skipped")} == {
        "tests": "7",
        "failures": "3",
        "skipped": "3",
    }
    [failed, *_] = suites.iter("testcase")
    assert (failed.get("file"), failed.get("line")) == ("main.tf", "5")
    assert failed.get("name") == "GT101 aws_sagemaker_flow_definition.review"
    assert "public-crowd" in str(failed[0].get("message"))
    assert sum(int(str(suite.get("tests"))) for suite in suites) == 7


def test_junit_counts_what_is_unknown_as_failed_only_in_a_strict_check() -> None:
    [lenient] = ElementTree.fromstring(junit.render(report(UNKNOWN))).iter("testcase")  # noqa: S314
    [strict] = ElementTree.fromstring(junit.render(report(UNKNOWN, strict=True))).iter("testcase")  # noqa: S314
    assert (lenient[0].tag, strict[0].tag) == ("skipped", "failure")
    assert "var.team has no value" in str(lenient[0].get("message"))


def test_junit_without_findings_is_one_test_that_passed() -> None:
    suites = ElementTree.fromstring(junit.render(report()))  # noqa: S314
    [case] = suites.iter("testcase")
    assert (suites.get("tests"), suites.get("failures"), len(case)) == ("1", "0", 0)


# GitHub


def test_a_github_annotation_names_file_line_and_rule() -> None:
    first, _ = github.render(report(finding(file="a,b:c/100%.tf"))).splitlines()
    assert first.startswith("::error file=a%2Cb%3Ac/100%25.tf,line=5,title=GT101 critical::")
    assert "observed: arn:aws:sagemaker" in first


def test_nothing_that_is_quoted_becomes_a_workflow_command_of_its_own() -> None:
    lines = github.render(report(NASTY)).splitlines()
    assert len(lines) == 2 and lines[0].startswith("::error file=sub folder/")
    command, _, message = lines[0].removeprefix("::").partition("::")
    assert command.count(",") == 2 and "%250A" in message


def test_github_annotations_are_as_grave_as_the_finding() -> None:
    levels = [finding(severity=severity) for severity in Severity] + [UNKNOWN, WAIVED, EVERYTHING[2]]
    commands = [line.split(" ")[0] for line in github.render(report(*levels)).splitlines()]
    assert commands == ["::error", "::error", "::warning", "::notice", "::notice", "::notice", "gtctl:"]
    assert github.render(report(UNKNOWN, strict=True)).startswith("::warning ")


def test_github_annotations_name_files_from_the_top_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "infra").mkdir()
    monkeypatch.chdir(tmp_path / "infra")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert github.render(report(finding())).startswith("::error file=infra/main.tf,")


# Markdown


def test_markdown_groups_findings_by_verdict_and_says_how_to_fix_them() -> None:
    text = markdown.render(report(*EVERYTHING))
    assert text.startswith("# gtctl check failed\n")
    sections = dict(zip(*[iter(re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:])] * 2, strict=True))
    assert list(sections) == ["Failed", "Unknown", "Waived", "Passed", "How to fix"]
    assert "| `main.tf:5`<br>`aws_sagemaker_flow_definition.review` | `arn:aws:sagemaker" in sections["Failed"]
    assert r"var.team has no value" in sections["Unknown"].replace("\\", "")
    assert "Ada" in sections["Waived"]
    assert "**GT101**" in sections["How to fix"] and "**GT001**" in sections["How to fix"]


def test_markdown_keeps_its_columns_and_makes_no_markup_of_what_it_quotes() -> None:
    [row] = [line for line in markdown.render(report(NASTY)).splitlines() if "sub folder" in line]
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    expected = re.split(r"(?<!\\)\|", row)[5]
    assert "<" not in expected and re.search(r"(?<!\\)[@\[`]", expected) is None


# CSV


def test_csv_has_a_row_for_each_finding_under_the_names_of_the_json_report() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_format.render(report(*EVERYTHING)))))
    assert len(rows) == len(EVERYTHING)
    assert rows[0]["rule_id"] == "GT101" and rows[0]["file"] == "main.tf" and rows[0]["line"] == "5"
    assert "HIPAA: " in rows[0]["controls"]
    assert "Ada" in rows[3]["waiver"] and rows[0]["waiver"] == ""
    assert rows[1]["verdict"] == Verdict.UNKNOWN


def test_no_cell_is_a_formula() -> None:
    hostile = [finding(observed=f"{begin}cmd()") for begin in ("=", "+", "-", "@", "\t=", "\n=", " =")]
    rows = csv.DictReader(io.StringIO(csv_format.render(report(*hostile, NASTY))))
    assert not [cell for row in rows for cell in row.values() if cell.lstrip()[:1] in set("=+-@")]


# --output


@pytest.fixture
def violation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    arn = EVERYTHING[0].observed
    block = f'  human_loop_config {{\n    workteam_arn = "{arn}"\n  }}\n'
    (tmp_path / "main.tf").write_text(f'resource "aws_sagemaker_flow_definition" "f" {{\n{block}}}\n')
    return tmp_path


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_in_a_file_is_what_would_have_been_printed(
    name: str, violation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", "--select", "GT101", "--format", name]) == 1
    printed = capsys.readouterr().out
    assert run(["check", "--select", "GT101", "--format", name, "--output", "reports/r"]) == 1
    assert capsys.readouterr().out == ""
    written = (violation / "reports" / "r").read_bytes().decode()
    assert _without_times(written) == _without_times(re.sub(r"\x1b\[[0-9;]*m", "", printed)) and "GT101" in written


def _without_times(text: str) -> list[str]:
    return re.sub(r"\b\d{13}\b|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "a time", text).splitlines()


def test_an_earlier_report_stays_whole_when_the_new_one_cannot_be_written(
    violation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = violation / "report.sarif"
    target.write_text("earlier")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run(["check", "--select", "GT101", "--format", "sarif", "--output", str(target)]) == 3
    assert target.read_text() == "earlier"
    assert {path.name for path in violation.iterdir()} - {"gtctl-home"} == {"main.tf", "report.sarif"}
