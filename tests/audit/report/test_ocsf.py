"""OCSF compliance findings, checked by the official schema (as ocsf-json-schema ships it) and by prowler's models."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from py_ocsf_models.objects.compliance_status import StatusID

from gtctl.audit.model import Severity, Verdict
from gtctl.audit.report import Report, ocsf
from tests.audit.report.audits import ACCOUNT, REGION, clean_report, finding, full_report, hostile_report
from tests.audit.report.samples import EVERYTHING, report

REPORTS = {
    "audit": full_report(),
    "clean audit": clean_report(),
    "hostile audit": hostile_report(),
    "check": report(*EVERYTHING),
}


@pytest.fixture(scope="module")
def validators() -> dict[bool, jsonschema.Draft202012Validator]:
    """Whether the cloud profile applies -> validator of the class."""
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=ocsf.OCSF_VERSION))
    return {
        cloud: jsonschema.Draft202012Validator(
            schema.get_class_schema(class_name="compliance_finding", profiles=["cloud"] if cloud else [])
        )
        for cloud in (True, False)
    }


def events(shown: Report) -> list[dict[str, Any]]:
    return list(json.loads(ocsf.render(shown)))


@pytest.mark.parametrize("name", REPORTS)
def test_every_event_is_valid_by_the_official_schema(
    name: str, validators: dict[bool, jsonschema.Draft202012Validator]
) -> None:
    written = events(REPORTS[name])
    assert len(written) == len(REPORTS[name].findings)
    for event in written:
        validators["cloud" in event["metadata"]["profiles"]].validate(event)


def test_prowlers_models_read_what_is_meant() -> None:
    read = [ComplianceFinding.model_validate(event) for event in events(full_report())]
    assert {(each.class_uid, each.category_uid, each.type_uid.value) for each in read} == {(2003, 2, 200301)}
    statuses = [each.compliance.status_id for each in read]
    assert [statuses.count(each) for each in (StatusID.Fail, StatusID.Warning, StatusID.Pass)] == [7, 2, 0]
    first = read[0]
    assert first.finding_info.title == "Images are not shown to the public workforce"
    assert first.compliance.control == "GT101" and "HIPAA" in (first.compliance.standards or [])
    assert "HIPAA 164.312(a)(1)" in (first.compliance.requirements or [])
    assert first.remediation and first.resources and first.resources[0].type == "aws_sagemaker_labeling_job"


def test_a_finding_in_the_account_names_account_and_region_and_one_in_code_neither() -> None:
    live, code = finding("GT110"), finding("GT110", file="main.tf", source="hcl")
    bucket = finding("GT203", file="arn:aws:s3:::hospital-scans")
    in_account, in_code, of_s3 = events(full_report(findings=(live, code, bucket)))
    assert in_account["cloud"] == {
        "provider": "AWS",
        "account": {"uid": ACCOUNT, "type": "AWS Account", "type_id": 10},
        "region": REGION,
    }
    assert "cloud" not in in_code and "cloud" not in in_code["metadata"]["profiles"]
    # The ARN of a bucket has no account: the audit was of one.
    assert of_s3["cloud"]["account"]["uid"] == ACCOUNT and "region" not in of_s3["cloud"]


def test_waivers_suppress_and_severities_are_those_of_ocsf() -> None:
    written = events(report(*[finding("GT110", severity=severity) for severity in Severity]))
    assert [event["severity_id"] for event in written] == [5, 4, 3, 2]
    waived = {event["metadata"]["event_code"]: event for event in events(full_report())}["GT409"]
    assert (waived["status"], waived["status_id"]) == ("Suppressed", 3) and "Grace Hopper" in waived["comment"]
    [passed] = events(report(finding("GT110", verdict=Verdict.PASS, expected="")))
    assert passed["compliance"]["status"] == "Pass" and passed["status"] == "New"


def test_the_same_finding_has_the_same_id_in_the_next_run() -> None:
    before, after = finding("GT110", line=4), finding("GT110", line=9, observed="OPTIONAL")
    ids = [events(report(each))[0]["finding_info"]["uid"] for each in (before, after, finding("GT111"))]
    assert ids[0] == ids[1] != ids[2]
