"""``gtctl scans reidentify`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtctl.cli import run
from gtctl.scans import ledger
from gtctl.scans.deidentify import locks
from gtctl.scans.deidentify.key_file import open_or_make, record
from tests.scans.deidentify.planted import slice_of

PASSPHRASE = "correct horse battery staple"
IMAGE, STRANGER = "0" * 32 + ".png", "f" * 32 + ".png"


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments for a key file and a ledger of one image."""
    monkeypatch.setattr(locks, "_SCRYPT_COST", 2**4)
    monkeypatch.setenv("GTCTL_KEY_PASSPHRASE", PASSPHRASE)
    opened = open_or_make(tmp_path / "ct.key")
    scan = slice_of()
    scan.PatientID = "MRN\x1b[2J-4711"
    opened.append([record(scan, opened.pseudonyms, "a" * 64, "ward7/scan.dcm")])
    entry = {
        "schema_version": 2, "image": IMAGE, "image_sha256": "b" * 64, "image_bytes": 1, "width": 8, "height": 8,
        "source_sha256": "a" * 64, "source_bytes": 1, "frame": 0, "frames": 1, "pseudonyms": "0" * 8,
        "patient": opened.pseudonyms.patient(scan), "study": None, "series": None, "instance": None, "modality": "CT",
        "window": {"center": None, "width": None, "function": None, "origin": "full-range"},
        "photometric_interpretation": "MONOCHROME2", "geometry": _no_geometry(), "pixels": {}, "dicom": None,
        "gtctl_version": "0",
    }  # fmt: skip
    (tmp_path / "ledger.jsonl").write_text(json.dumps(entry) + "\n")
    return ["scans", "reidentify", str(opened.path), "--ledger", str(tmp_path / "ledger.jsonl")]


def _no_geometry() -> dict[str, object]:
    return {name: None if name not in ("rows", "columns") else 8 for name in ledger.Geometry.__struct_fields__}


def test_an_image_comes_back_to_its_patient_and_file(found: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*found, f"s3://bucket/images/{IMAGE}"]) == 0

    out = capsys.readouterr().out
    assert "ward7/scan.dcm" in out
    assert slice_of().SOPInstanceUID in out
    assert "MRN?[2J-4711" in out


def test_every_image_of_a_labels_file_is_looked_up(
    found: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "labels.json").write_text(json.dumps({"images": [{"file_name": IMAGE}, {"file_name": STRANGER}]}))

    assert run([*found, "--labels", str(tmp_path / "labels.json"), "--json"]) == 1

    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["known"], first["frame"], first["source"]) == (True, 0, "ward7/scan.dcm")
    assert first["patient_id"].endswith("4711")
    assert second == {"schema_version": 1, "known": False, "image": STRANGER, "frame": None}


@pytest.mark.parametrize("trouble", ["passphrase", "no images", "no key file", "labels"])
def test_what_is_wrong_is_said_in_one_line(
    found: list[str], trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    match trouble:
        case "passphrase":
            monkeypatch.setenv("GTCTL_KEY_PASSPHRASE", "some other passphrase")
            arguments = [*found, IMAGE]
        case "no images":
            arguments = found
        case "no key file":
            arguments = [*found[:2], str(tmp_path / "none"), *found[3:], IMAGE]
        case _:
            (tmp_path / "labels.json").write_text("[]")
            arguments = [*found, "--labels", str(tmp_path / "labels.json")]

    assert run(arguments) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert "4711" not in err
    assert "Traceback" not in err
