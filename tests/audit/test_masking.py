"""What must not be in a report is in none of them, whatever it is planted in."""

from __future__ import annotations

import dataclasses
import html
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.audit.masking import mask, masked
from gtctl.audit.report import FORMATS, writer
from tests.audit.report.audits import full_report

SUB = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
PRESIGNED = (
    "https://scans.s3.amazonaws.com/ct/1.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F"
    "20261126%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Expires=3600&X-Amz-Signature=0f3c9a1be72d"
)

# text -> what of it must be gone
PLANTED = {
    "ct/MRN-00123456/1.png": "00123456",
    "mrn-00123456-jane-doe": "jane-doe",
    "module.a.aws_sagemaker_labeling_job.jane-doe-mrn-00123456": "jane-doe",
    "PatientID=AB12345": "AB12345",
    "accession no 20261234567": "20261234567",
    "scans/DOE^JANE^M/1.png": "JANE",
    "scans/DOE%5EJANE/1.png": "JANE",
    "scans/DOE%255EJANE/1.png": "JANE",
    "VAN DER BERG^ANNA MARIA": "MARIA",
    '{"PatientName": "Jane Doe", "Project": "ct"}': "Jane",
    r"{\"PatientName\": \"Jane Doe\"}": "Jane",
    "patient_name = Jane Doe": "Doe",
    'tags: [{"Key": "Patient", "Value": "Jane Doe"}]': "Jane",
    "123-45-6789": "123-45-6789",
    "dob=1980-01-31": "1980",
    "dob_19800131.png": "19800131",
    "jane.doe@hospital.example": "jane.doe",
    "phone: 555 1234": "555 1234",
    "+1 555 123 4567": "555 123",
    PRESIGNED: "ct/1.png",
    f"see {PRESIGNED} there": "0f3c9a1be72d",
    quote(PRESIGNED, safe=""): "0f3c9a1be72d",
    "https://s3.amazonaws.com/b/k?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1&Signature=a%2Fb": "a%2Fb",
    "AKIAIOSFODNN7EXAMPLE": "AKIA",
    "ASIAIOSFODNN7EXAMPLE": "ASIA",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY": "wJalr",
    'client_secret: "1a2b3c"': "1a2b3c",
    "AWS_SECRET_ACCESS_KEY=abc/def": "abc/def",
    "7kq3v9d8s1m5n2b4c6x8z0l2k4j6h8g1f3d5s7a9q1w3e5r7t9y": "7kq3v9",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----": "MC4CAQAw",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N": "eyJzdWIi",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a": "ghp_16",
    "arn:aws:sts::111122223333:assumed-role/Admin/jdoe": "jdoe",
    f"sub={SUB}": SUB,
    f"worker-{SUB}": SUB,
    f"labeling-job/relabel-{SUB}": SUB,
    f"s3://labels/worker-response/{SUB}.json": SUB,
    "worker_id: reader-7": "reader-7",
}

KEPT = (
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "aws_kms_key.1234abcd-12ab-34cd-56ef-1234567890ab",
    "KmsKeyId: 1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default",
    "s3://radiology-scans-2026/ct/input.manifest",
    "module.storage.aws_s3_bucket.this[\"scans\"]",
    "2026-11-26T08:00:00+00:00",
    "0ffa35b0ffa35b0ffa35b0ffa35b0ffa35b0ffa3",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "generate_secret = true",
    '{"access_token": "minutes"}',
    "^[a-z]+(-[a-z]+)*$",
    "password_policy.minimum_length is 8",
    "a%20name%2Fwith%20spaces",
    '{"sub": "repo:org/name:ref"}',
    "10.20.0.0/16, 198.51.100.0/24",
)  # fmt: skip


@pytest.mark.parametrize(("text", "gone"), PLANTED.items())
def test_what_tells_of_a_person_or_opens_something_is_masked(text: str, gone: str) -> None:
    assert gone in text or gone in quote(PRESIGNED, safe="")
    assert gone not in mask(text)
    assert "[masked:" in mask(text)


@pytest.mark.parametrize("text", KEPT)
def test_what_an_auditor_needs_to_find_a_resource_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("text", [*PLANTED, *KEPT])
def test_masking_again_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


_DIGITS = st.text("0123456789", min_size=7, max_size=9)
_NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ", min_size=3, max_size=8)
_AROUND = st.sampled_from(
    ["", " ", "/", "s3://b/", '"', "'", "(", "[", ": ", ", ", "\n", "=", "<", "&", "|", "ct_", "x-"]
)


@given(_AROUND, st.one_of(_DIGITS.map("MRN{}".format), _DIGITS.map("patient-id-{}".format)), _AROUND)
def test_numbers_of_patients_are_masked_wherever_they_stand(before: str, planted: str, after: str) -> None:
    assert planted[-7:] not in mask(f"{before}{planted}{after}")


@given(_AROUND, _NAMES, _NAMES, _AROUND)
def test_names_as_dicom_writes_them_are_masked_wherever_they_stand(
    before: str, family: str, given_name: str, after: str
) -> None:
    text = mask(f"{before}{family}^{given_name}{after}")
    assert family not in text and given_name not in text


@given(st.text(max_size=200))
def test_any_text_can_be_masked_and_stays_so(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=20),
        lambda items: st.lists(items) | st.dictionaries(st.text(max_size=9), items),
        max_leaves=8,
    )
)
def test_the_shape_of_evidence_stays(value: Any) -> None:
    assert type(masked(value)) is type(value)


def test_attributes_and_tags_are_masked_by_their_names() -> None:
    evidence = {
        "tags": {"Patient-Name": "Jane Doe", "Project": "ct"},
        "Tags": [{"Key": "DOB", "Value": "January 1980"}],
        "patient_id": 12345,
        "client_secret": "x",
        "generate_secret": True,
        "kms_key_id": "1234abcd-12ab-34cd-56ef-1234567890ab",
        "worker": ["jd", "mk"],
    }
    assert masked(evidence) == {
        "tags": {"Patient-Name": "[masked:name]", "Project": "ct"},
        "Tags": [{"Key": "DOB", "Value": "[masked:date of birth]"}],
        "patient_id": "[masked:patient id]",
        "client_secret": "[masked:secret]",
        "generate_secret": True,
        "kms_key_id": "1234abcd-12ab-34cd-56ef-1234567890ab",
        "worker": ["[masked:worker]", "[masked:worker]"],
    }


def test_two_jobs_named_after_uuids_are_told_apart_without_telling_the_uuid() -> None:
    other = SUB.replace("3fa8", "4fa8")
    assert mask(f"job-{SUB}") != mask(f"job-{other}")
    assert SUB[:8] not in mask(f"job-{SUB}")


@pytest.mark.parametrize(
    "text", ["a" * 200_000 + "^", "http://a?b" * 20_000, 'a="' * 50_000, "%zz" * 70_000, "mrn" * 70_000]
)
def test_long_texts_that_somebody_made_to_be_slow_are_not(text: str) -> None:
    started = time.process_time()
    mask(text)
    assert time.process_time() - started < 10


# In reports


_OURS = {
    "rule_id",
    "severity",
    "verdict",
    "workforce",
    "classification",
    "framework",
    "key",
    "requirement",
    "id",
    "owner",
}


def plant(value: Any, text: str, name: str = "") -> Any:
    """``value`` with ``text`` behind every text in it that comes from outside."""
    if type(value) is str and name not in _OURS:
        return f"{value} {text}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return dataclasses.replace(
            value,
            **{
                key: part if key in ("rules", "frameworks", "place") else plant(part, text, key)
                for key, part in fields.items()
            },
        )
    if isinstance(value, Mapping):
        return {key: item if key == "line" else plant(item, text, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(plant(item, text, name) for item in value)
    return value


@pytest.mark.parametrize("format_", FORMATS)
def test_no_format_tells_what_was_planted_in_a_report(format_: str) -> None:
    texts = [text for text in PLANTED if "\n" not in text]
    planted_report = plant(full_report(), " | ".join(texts))
    assert "00123456" in writer(format_)(planted_report)
    written = writer(format_)(masked(planted_report))
    for text in (written, html.unescape(written), written.replace("\\/", "/"), written.replace('\\"', '"')):
        for planted, gone in PLANTED.items():
            assert planted not in text
            if len(gone) > 5:
                assert gone not in text, planted
    assert "masked:" in written


def test_owners_of_waivers_and_attestations_stay() -> None:
    report = full_report()
    waived = dataclasses.replace(report.findings[7], waiver={"owner": "ciso@hospital.example", "reason": "MRN1234567"})
    found = masked(dataclasses.replace(report, findings=[waived])).findings[0]
    assert found.waiver == {"owner": "ciso@hospital.example", "reason": "[masked:MRN]"}
    assert json.dumps(found.controls) == json.dumps(waived.controls)
