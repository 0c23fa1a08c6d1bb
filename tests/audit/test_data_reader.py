"""Input manifests: what is counted, what counts as an identifier, and that no value is kept."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.audit.evidence import READERS, source_of
from gtctl.audit.evidence.data import manifest
from gtctl.audit.identifiers import kinds
from gtctl.audit.worker_templates import hosts


def lines(*entries: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


def test_a_manifest_is_told_by_its_lines_whatever_its_suffix() -> None:
    content = lines({"source-ref": "s3://scans/a.png"})
    for file in ("input.manifest", "input.jsonl", "input.json"):
        source = source_of(file, content)
        assert source is not None
        [found] = READERS[source].load()({file: content})
        assert [each.type for each in found.resources] == ["gtctl_input_manifest"]
    assert source_of("rows.jsonl", b'{"text": "x"}\n') is None


def test_buckets_and_formats_are_counted_with_their_first_line() -> None:
    found = manifest(
        "m",
        lines(
            {"source-ref": "s3://scans/a.png"},
            {"source-ref": "s3://scans/b.JPG"},
            {"source-ref": "s3://other/c.dcm"},
            {"source-ref": "https://pacs.example.org/d"},
        ),
    )
    assert found.get("buckets") == [
        {"name": "scans", "count": 2, "line": 1},
        {"name": "other", "count": 1, "line": 3},
        {"name": "", "count": 1, "line": 4},
    ]
    assert [each["name"] for each in found.get("formats")] == [".png", ".jpg", ".dcm", ""]
    assert found.get("object_count") == 4


def test_lines_that_cannot_be_read_are_problems_and_the_rest_is_counted() -> None:
    content = lines({"source-ref": "s3://scans/a.png"}) + b"{broken\n\xff\n" + lines({"source-ref": "s3://scans/b.png"})
    found = manifest("m", content)
    assert [problem["line"] for problem in found.get("problems")] == [2, 3]
    assert found.get("object_count") == 2


IDENTIFIERS = {
    "078-05-1120.png": "social security number",
    "MRN00482913": "medical record number",
    "mrn_00482913/1": "medical record number",
    "medical-record-number=A0048291": "medical record number",
    "patient_id-004829": "patient id",
    "accession_20261104077": "accession number",
    "acc-no-20261104": "accession number",
    "dob19610412": "date of birth",
    "birthdate_12.04.1961": "date of birth",
    "DOE^JANE": "name",
    "M%C3%BCller%5EJ%C3%BCrgen": "name",
    "jane.doe@example.org": "e-mail address",
}


@pytest.mark.parametrize("text", IDENTIFIERS)
def test_identifiers_are_told_by_their_kind(text: str) -> None:
    assert kinds(text) == [IDENTIFIERS[text]]


@pytest.mark.parametrize(
    "text",
    [
        "chest-ct/2026-11-24/slice_000123.png",
        "1.2.840.113619.2.55.3.604688119.971.1234567890.123",
        "0c6b2f1d-12ab-34cd-56ef-1234567890ab.png",
        "000-12-3456",
        "9999-05-11205",
        "account-20261104",
        "accuracy-100000",
        "patients/000123/lung.png",
        "born-digital/1961.png",
        "reborn19610412",
        "a^b",
        "x@2x.png",
        "findings-metadata groundtruth/object-detection 2021-09-21T12:55:32.782712",
    ],
)
def test_what_only_resembles_an_identifier_is_none(text: str) -> None:
    assert kinds(text) == []


@given(number=st.integers(10_000_000, 99_999_999), at=st.sampled_from(["key", "attribute", "name"]))
@settings(max_examples=30, deadline=None)
def test_no_identifier_gets_into_the_evidence(number: int, at: str) -> None:
    entry: dict[str, Any] = {"source-ref": "s3://scans/a.png"}
    match at:
        case "key":
            entry["source-ref"] = f"s3://scans/mrn{number}/a.png"
        case "attribute":
            entry["note"] = {"text": [f"MRN {number}"]}
        case _:
            entry["PatientID"] = str(number)
    found = manifest("m", lines(entry))
    [identifier] = found.get("identifiers")
    assert identifier["count"] == 1 and identifier["place"] == ("object key" if at == "key" else "attribute")
    assert str(number) not in repr(found.attributes)


def test_memory_does_not_grow_with_the_manifest() -> None:
    def most(count: int) -> int:
        content = lines(*({"source-ref": f"s3://scans/{number:032x}.png", "slice": number} for number in range(count)))
        manifest("m", content[:200])
        tracemalloc.start()
        manifest("m", content)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    # A block of lines is looked at together, and eight bytes of each line of a part.
    assert most(10_000) < most(5_000) + 1_000_000


@given(content=st.binary(max_size=300) | st.text(max_size=100).map(lambda text: f'{{"source-ref": "{text}"}}'.encode()))
@settings(max_examples=150, deadline=None)
def test_no_bytes_crash_the_reader(content: bytes) -> None:
    for file in ("m.manifest", "t.liquid"):
        [found] = READERS["data"].load()({file: content})
        places = [each.location for each in (*found.resources, *found.stream)] + [
            each.location for each in found.problems
        ]
        assert all(place.file == file and place.line >= 1 for place in places), places


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ('<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>', {"assets.crowd.aws"}),
        ('<img src="//cdn.example.com/logo.png">', {"cdn.example.com"}),
        ('<div style="background: url(https://x.example.com/a.png)">', {"x.example.com"}),
        ("<script>new WebSocket('wss://x.example.com/live')</script>", {"x.example.com"}),
        ("<body onload=\"fetch('https://x.example.com')\">", {"x.example.com"}),
        ("<style>@import '//x.example.com/a.css'; /* //y.example.com */</style>", {"x.example.com"}),
        ('<a href="https://guide.example.org">Guide</a> https://guide.example.org', set()),
        ("<script>// see https://docs.example.org\nlet a = 1 // 2;</script>", set()),
        ('<!-- <img src="//x.example.com/a.png"> --><svg xmlns="http://www.w3.org/2000/svg">', set()),
        ("{% comment %}<img src='//x.example.com/a.png'>{% endcomment %}", set()),
        (
            '<crowd-bounding-box src="{{ task.input.taskObject | grant_read_access }}" header="http://a.example.org">',
            set(),
        ),
    ],
)
def test_what_a_page_loads_is_told_from_what_it_shows(template: str, found: set[str]) -> None:
    assert hosts(template) == found
