"""The SARIF report. The schema beside this file is the one of @microsoft/sarif-multitool 5.7.0 (MIT)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gtctl.audit.model import Location, Severity, Verdict
from gtctl.audit.report import sarif
from tests.audit.report.samples import EVERYTHING, NAMES, finding, report

SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0.schema.json").read_bytes())


def run_of(text: str) -> dict[str, Any]:
    log = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(log)
    [run] = log["runs"]
    return dict(run)


def results(*findings: Any, strict: bool = False) -> list[dict[str, Any]]:
    return list(run_of(sarif.render(report(*findings, strict=strict)))["results"])


@pytest.mark.parametrize("strict", [False, True])
def test_any_report_is_valid_by_the_schema(strict: bool) -> None:
    assert len(results(*EVERYTHING, strict=strict)) == len(EVERYTHING)
    assert results() == []


def test_each_verdict_has_its_kind_and_only_failures_have_a_level() -> None:
    found = results(finding(), finding(verdict=Verdict.UNKNOWN), finding(verdict=Verdict.PASS))
    assert [(each["kind"], each["level"]) for each in found] == [("fail", "error"), ("open", "none"), ("pass", "none")]


def test_what_is_unknown_is_a_failure_of_a_strict_check() -> None:
    [found] = results(finding(verdict=Verdict.UNKNOWN, severity=Severity.MEDIUM), strict=True)
    assert (found["kind"], found["level"], found["properties"]["verdict"]) == ("fail", "warning", "UNKNOWN")


def test_a_result_points_at_file_line_and_resource() -> None:
    [found] = results(finding(file="a folder/main.tf", line=5))
    [location] = found["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20folder/main.tf", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 5},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "aws_sagemaker_flow_definition.review"


def test_an_absolute_path_is_relative_below_the_working_folder_and_a_file_uri_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = results(finding(file=str(tmp_path / "main.tf")), finding(file="/elsewhere/main.tf"))
    places = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in found]
    assert places == ["main.tf", "file:///elsewhere/main.tf"]


def fingerprint(*findings: Any) -> list[str]:
    return [each["partialFingerprints"]["gtctlResource/v1"] for each in results(*findings)]


def test_a_fingerprint_stays_when_the_resource_moves_in_its_file_or_the_value_changes() -> None:
    before = finding()
    moved = replace(before, line=95, place=Location("main.tf", 91, 97), observed="another public team")
    assert fingerprint(before) == fingerprint(moved)


def test_a_fingerprint_stays_when_a_call_without_a_name_moves_in_its_script() -> None:
    calls = [finding(file="a.py", resource=f"aws_sagemaker_labeling_job.line_{line}") for line in (4, 9, 4 + 2, 9 + 2)]
    assert fingerprint(*calls[:2]) == fingerprint(*calls[2:])
    assert len(set(fingerprint(*calls[:2]))) == 2


def test_fingerprints_tell_rules_files_and_resources_apart() -> None:
    different = [
        finding(),
        finding(rule_id="GT110"),
        finding(file="other.tf"),
        finding(resource="aws_sagemaker_flow_definition.other"),
        finding(line=50),  # the same once more, in the same file
    ]
    assert len(set(fingerprint(*different))) == len(different)


def test_a_waiver_is_a_suppression_with_its_reason_and_the_others_say_that_they_have_none() -> None:
    by_settings, by_comment, other = results(EVERYTHING[3], EVERYTHING[4], EVERYTHING[0])
    [suppression] = by_settings["suppressions"]
    assert (suppression["kind"], suppression["justification"]) == ("external", "pilot with public images")
    assert suppression["properties"] == {"owner": "Ada", "expires": "2999-01-01"}
    [suppression] = by_comment["suppressions"]
    assert suppression["kind"] == "inSource"
    assert suppression["location"]["physicalLocation"]["region"]["startLine"] == 20
    assert other["suppressions"] == []


@pytest.mark.parametrize("rule", NAMES.values(), ids=lambda rule: rule.id)
def test_each_rule_is_described_with_help_level_score_and_its_controls(rule: Any) -> None:
    run = run_of(sarif.render(report(finding(rule_id=rule.id))))
    [result] = run["results"]
    described = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert described["id"] == result["ruleId"] == rule.id
    assert rule.remediation in described["help"]["text"]
    assert described["help"]["markdown"].startswith(f"# {rule.id}: ")
    assert described["defaultConfiguration"]["level"] == sarif.LEVELS[rule.severity]
    low, high = {"critical": (9, 10), "high": (7, 9), "medium": (4, 7), "low": (0, 4)}[rule.severity]
    assert low < float(described["properties"]["security-severity"]) <= high
    tags = described["properties"]["tags"]
    assert "security" in tags and len(tags) == len(set(tags)) <= 20
    every_control = {f"{framework}:{each}" for framework, ids in rule.controls.items() for each in ids}
    assert every_control >= set(tags) - {"security", "compliance"}
    assert len(every_control) > 18 or every_control <= set(tags)
