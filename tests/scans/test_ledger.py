"""The ledger is read as it was written, and a damaged one is named by its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.errors import BadInput
from gtctl.scans import ledger

hashes = st.from_regex("[0-9a-f]{64}", fullmatch=True)
entries = st.builds(
    ledger.Entry,
    image=st.from_regex(r"[0-9a-f]{32}\.png", fullmatch=True),
    image_sha256=hashes,
    image_bytes=st.integers(1, 1 << 40),
    width=st.integers(1, 65535),
    height=st.integers(1, 65535),
    source_sha256=hashes,
    frame=st.integers(0, 9),
    frames=st.integers(1, 9),
    modality=st.sampled_from(["CT", None]),
    window=st.builds(
        ledger.ShownWindow,
        center=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        width=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        function=st.sampled_from(["LINEAR", None]),
        origin=st.sampled_from(["file", "preset:lung", "colour"]),
    ),
    photometric_interpretation=st.just("MONOCHROME2"),
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
        "frame": 0,
        "frames": 1,
        "modality": "CT",
        "window": ledger.ShownWindow(40, 400, "LINEAR", "file"),
        "photometric_interpretation": "MONOCHROME2",
        "gtctl_version": "0.1.0",
    }
    return ledger.Entry(**(fields | changes))  # type: ignore[arg-type]


@settings(max_examples=30)
@given(st.lists(entries, max_size=3))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, written: list[ledger.Entry]) -> None:
    path = tmp_path_factory.mktemp("ledger") / "ledger.jsonl"
    path.write_bytes(ledger.lines(written))
    assert list(ledger.entries(path)) == written


def test_a_line_has_the_documented_fields_in_their_order(tmp_path: Path) -> None:
    assert list(json.loads(ledger.lines([entry()]))) == [
        "schema_version",
        "image",
        "image_sha256",
        "image_bytes",
        "width",
        "height",
        "source_sha256",
        "frame",
        "frames",
        "modality",
        "window",
        "photometric_interpretation",
        "gtctl_version",
    ]


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
        ledger.lines([entry(schema_version=2)]).strip(),
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


@pytest.mark.parametrize("torn", [b"", b"{", b'{"schema_version":1,"image"'])
def test_the_torn_line_of_a_killed_run_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(ledger.lines([entry()]) + torn)
    ledger.drop_torn_line(path)
    assert path.read_bytes() == ledger.lines([entry()])
