"""The JSON report and the schema that is published for it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gtctl.audit import model, outcome
from gtctl.audit.report import Report, json_format
from tests.audit.report.audits import FINDINGS, clean_report, full_report, hostile_report
from tests.audit.report.samples import EVERYTHING, report

SCHEMA = json.loads(Path(json_format.__file__).with_name("report.schema.json").read_bytes())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
SHAPES = (
    outcome.Gap,
    outcome.Scope,
    outcome.Exposure,
    outcome.Attestation,
    outcome.Requirement,
    outcome.Framework,
    outcome.Difference,
    outcome.Comparison,
    model.Finding,
)


def read(shown: Report) -> dict[str, Any]:
    document = json.loads(json_format.render(shown))
    VALIDATOR.validate(document)
    return dict(document)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_the_schema_knows_every_field(shape: Any) -> None:
    described = SCHEMA["$defs"][shape.__name__]
    assert list(described["properties"]) == [field.name for field in dataclasses.fields(shape) if field.name != "place"]
    assert described["required"] == list(described["properties"])


def test_any_report_is_valid_by_the_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for shown in (full_report(), clean_report(), hostile_report(), report(*EVERYTHING), report()):
        document = read(shown)
        assert ("audit" in document) == bool(shown.audit)
        # It is more than a schema that takes anything.
        if document["findings"]:
            del document["findings"][0]["verdict"]
            assert not VALIDATOR.is_valid(document)


def test_an_audit_is_told_in_full() -> None:
    audit = read(full_report())["audit"]
    assert audit["scope"]["finished"] == "2026-11-26T08:01:34Z"
    assert audit["scope"]["gaps"][0]["permission"] == "cloudtrail:GetTrailStatus"
    pilot = audit["exposures"][0]
    assert (pilot["job"], pilot["verdict"], pilot["viewers"]) == ("pilot-xray-2024", "FAIL", None)
    [hipaa] = [framework for framework in audit["frameworks"] if framework["key"] == "HIPAA"]
    attested = {each["id"]: each["attestation"] for each in hipaa["requirements"] if each["coverage"] == "attested"}
    assert attested["164.308(a)(2)"]["expires"] == "2027-01-31"
    assert [each["rule_id"] for each in audit["comparison"]["new"]] == [each.rule_id for each in FINDINGS[:2]]
    assert audit["drift"][1]["observed"] == "not there"
