"""OSCAL assessment results: what compliance-trestle thinks of them, and what they say."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from trestle.core.validator_factory import validator_factory
from trestle.oscal.assessment_results import AssessmentResults

from gtctl.audit.report import Report, oscal
from tests.audit.report.audits import FINDINGS, clean_report, full_report, hostile_report, large_report
from tests.audit.report.samples import EVERYTHING, report

REPORTS = {
    "audit": full_report(),
    "clean audit": clean_report(),
    "hostile audit": hostile_report(),
    "audit of 300 jobs": large_report(300),
    "check": report(*EVERYTHING),
    "check without findings": report(),
}


def result_of(shown: Report) -> dict[str, Any]:
    [result] = json.loads(oscal.render(shown))["assessment-results"]["results"]
    return dict(result)


def found_for(result: dict[str, Any], target: str) -> dict[str, Any]:
    [found] = [each for each in result["findings"] if each["target"]["target-id"] == target]
    return dict(found)


@pytest.mark.parametrize("name", REPORTS)
def test_trestle_loads_and_validates_any_report(name: str, tmp_path: Path) -> None:
    file = tmp_path / "assessment-results.json"
    file.write_text(oscal.render(REPORTS[name]), encoding="utf-8")
    loaded = AssessmentResults.oscal_read(file)
    assert loaded is not None
    validator = validator_factory.get(argparse.Namespace(mode="all"))
    assert validator.model_is_valid(loaded, quiet=False, trestle_root=tmp_path)


def test_every_reference_leads_to_something_in_the_document() -> None:
    text = oscal.render(full_report())
    document = json.loads(text)["assessment-results"]
    made: set[str] = set()
    meant: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for each in value:
                walk(each)
        elif isinstance(value, dict):
            for name, each in value.items():
                if name == "uuid":
                    made.add(each)
                elif name.endswith("-uuid"):
                    meant.add(each)
                elif name == "party-uuids":
                    meant.update(each)
                else:
                    walk(each)

    walk(document)
    assert meant and meant <= made
    assert document["import-ap"]["href"].removeprefix("#") in made
    assert {UUID(each).version for each in made} == {5}


def test_a_requirement_is_satisfied_only_where_it_is_met() -> None:
    result = result_of(full_report())
    met = found_for(result, "ac-2_smt")["target"]["status"]
    assert met == {"state": "satisfied", "reason": "pass"}
    violated = found_for(result, "hipaa_164.312.d_smt")
    assert violated["target"]["status"] == {"state": "not-satisfied", "reason": "fail"}
    assert len(violated["related-observations"]) == len(violated["related-risks"]) == 2
    open_one = found_for(result, "cis-aws-3.0_3.6_smt")["target"]["status"]
    assert (open_one["state"], open_one["reason"]) == ("not-satisfied", "other") and "remarks" in open_one
    # What nobody judged is no finding; what people attest is an attestation.
    targets = {each["target"]["target-id"] for each in result["findings"]}
    assert not targets & {"hipaa_164.310.a.1_smt", "hipaa_164.308.a.2_smt"}
    said = [part["prose"] for attestation in result["attestations"] for part in attestation["parts"]]
    assert any("security official (Board of directors, 2026-02-01; holds until 2027-01-31)" in each for each in said)
    # One that has expired leaves the requirement open.
    expired = found_for(result, "hipaa_164.308.a.5.i_smt")["target"]["status"]
    assert expired["state"] == "not-satisfied" and "expired" in expired["remarks"]


def test_every_finding_is_an_observation_and_every_failure_a_risk() -> None:
    result = result_of(full_report())
    of_findings = [each for each in result["observations"] if each["types"] == ["finding"]]
    assert len(of_findings) == len(FINDINGS)
    statuses = sorted(risk["status"] for risk in result["risks"])
    assert statuses == ["deviation-approved"] * 2 + ["open"] * 5
    [waived] = [risk for risk in result["risks"] if "GT409" in risk["title"]]
    assert waived["deadline"] == "2026-12-15T23:59:59Z"
    assert "Could not be read: status of trails" in result["remarks"]


def test_every_labeling_job_is_an_observation_with_what_is_known_of_it() -> None:
    result = result_of(full_report())
    [pilot] = [each for each in result["observations"] if each["title"] == "Exposure of pilot-xray-2024"]
    props = {each["name"]: each["value"] for each in pilot["props"]}
    assert (props["workforce"], props["key"], props["verdict"]) == ("public", "none", "FAIL")
    assert props["viewers"].startswith("not known: ")
    assert len([each for each in result["observations"] if each["types"] == ["historic"]]) == 24


def test_a_check_names_the_requirements_that_it_found_violated() -> None:
    result = result_of(report(*EVERYTHING))
    assert found_for(result, "hipaa_164.312.a.1_smt")["target"]["status"]["state"] == "not-satisfied"
    assert "findings" not in result_of(report())


@pytest.mark.parametrize(
    ("framework", "requirement", "control"),
    [
        ("NIST 800-53 r5", "AC-2(1)", "ac-2.1"),
        ("NIST 800-53 r5", "IA-5(1)(c)", "ia-5.1.c"),
        ("HIPAA", "164.312(a)(2)(iv)", "hipaa_164.312.a.2.iv"),
        ("CIS AWS 3.0", "2.1.1", "cis-aws-3.0_2.1.1"),
    ],
)
def test_controls_have_the_ids_of_nists_catalog_or_tokens_of_their_own(
    framework: str, requirement: str, control: str
) -> None:
    assert oscal.control_id(framework, requirement) == control
