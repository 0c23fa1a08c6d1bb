"""The ledger is read as it was written, and a damaged one is named by its line."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.errors import BadInput
from gtctl.scans import ledger

hashes = st.from_regex("[0-9a-f]{64}", fullmatch=True)
uids = st.none() | st.from_regex(r"2\.25\.[1-9][0-9]{0,37}", fullmatch=True)
numbers = st.floats(allow_nan=False, allow_infinity=False)
entries = st.builds(
    ledger.Entry,
    image=st.from_regex(r"[0-9a-f]{32}\.png", fullmatch=True),
    image_sha256=hashes,
    image_bytes=st.integers(1, 1 << 40),
    width=st.integers(1, 65535),
    height=st.integers(1, 65535),
    source_sha256=hashes,
    source_bytes=st.integers(1, 1 << 40),
    frame=st.integers(0, 9),
    frames=st.integers(1, 9),
    pseudonyms=st.from_regex("[0-9a-f]{8}", fullmatch=True),
    patient=st.from_regex("[0-9a-f]{20}", fullmatch=True),
    study=uids,
    series=uids,
    instance=uids,
    modality=st.sampled_from(["CT", None]),
    window=st.builds(
        ledger.ShownWindow,
        center=st.none() | numbers,
        width=st.none() | numbers,
        function=st.sampled_from(["LINEAR", None]),
        origin=st.sampled_from(["file", "preset:lung", "colour"]),
    ),
    photometric_interpretation=st.just("MONOCHROME2"),
    geometry=st.builds(
        ledger.Geometry,
        frame_of_reference=uids,
        position=st.none() | st.tuples(*[numbers] * 3),
        orientation=st.none() | st.tuples(*[numbers] * 6),
        spacing=st.none() | st.tuples(*[numbers] * 2),
        slice_thickness=st.none() | numbers,
    ),
    pixels=st.dictionaries(st.sampled_from(["burned_in", "face"]), st.just("accepted")),
    dicom=st.none()
    | st.builds(
        ledger.DicomObject,
        file=st.from_regex(r"[0-9a-f]{32}\.dcm", fullmatch=True),
        sha256=hashes,
        bytes=st.integers(1, 1 << 40),
    ),
    gtctl_version=st.just("0.1.0"),
)


def entry(number: int = 0, **changes: object) -> ledger.Entry:
    """A valid entry, changed."""
    fields = {
        "image": f"{number:032x}.png",
        "image_sha256": "a" * 64,
        "image_bytes": 10,
        "width": 4,
        "height": 4,
        "source_sha256": "b" * 64,
        "source_bytes": 100,
        "frame": 0,
        "frames": 1,
        "pseudonyms": "0123abcd",
        "patient": "c" * 20,
        "study": "2.25.1",
        "series": "2.25.2",
        "instance": "2.25.3",
        "modality": "CT",
        "window": ledger.ShownWindow(40, 400, "LINEAR", "file"),
        "photometric_interpretation": "MONOCHROME2",
        "geometry": ledger.Geometry(
            frame_of_reference="2.25.4",
            position=(0, 0, 0),
            orientation=(1, 0, 0, 0, 1, 0),
            spacing=(1, 1),
            slice_thickness=None,
        ),
        "pixels": {"burned_in": "not-expected", "face": "not-expected"},
        "dicom": None,
        "gtctl_version": "0.1.0",
    }
    return ledger.Entry(**(fields | changes))  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None)
@given(st.lists(entries, max_size=3))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, written: list[ledger.Entry]) -> None:
    path = tmp_path_factory.mktemp("ledger") / "ledger.jsonl"
    path.write_bytes(ledger.lines(written))
    assert list(ledger.entries(path)) == written
    for line in path.read_bytes().splitlines():
        jsonschema.validate(json.loads(line), ledger.schema())


def test_the_published_schema_is_that_of_the_lines() -> None:
    published = files("gtctl.scans").joinpath("ledger.schema.json").read_text()
    assert json.loads(published) == json.loads(json.dumps(ledger.schema()))
    jsonschema.Draft202012Validator.check_schema(ledger.schema())


def test_of_an_image_that_stands_there_twice_the_later_line_holds(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(ledger.lines([entry(0, width=1), entry(1), entry(0, width=2)]))
    assert [each.width for each in ledger.by_image(path).values()] == [2, 4]


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"not json",
        b"",
        ledger.lines([entry(image="../../etc/passwd")]).strip(),
        ledger.lines([entry(image_sha256="x")]).strip(),
        ledger.lines([entry(schema_version=3)]).strip(),
    ],
)
def test_a_damaged_line_is_named_by_its_number(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(ledger.lines([entry()]) + line + b"\n")
    with pytest.raises(BadInput, match=r"ledger\.jsonl:2: "):
        list(ledger.entries(path))


def test_a_missing_ledger_says_what_writes_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="gtctl scans prepare writes one"):
        list(ledger.entries(tmp_path / "ledger.jsonl"))


def test_a_line_of_another_version_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b'{"schema_version":1,"image":"x"}\n')
    with pytest.raises(BadInput, match="prepare the scans again, into a new DEST"):
        list(ledger.entries(path))
    path.write_bytes(ledger.lines([entry(schema_version=3)]))
    with pytest.raises(BadInput, match="upgrade it"):
        list(ledger.entries(path))
