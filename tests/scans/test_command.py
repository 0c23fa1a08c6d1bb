"""``gtctl scans`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtctl.cli import run
from tests.scans.dicom_files import content, dataset, ramp


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder with two scans, one of them broken, and a text file; their names name a patient."""
    folder = tmp_path / "scans"
    folder.mkdir()
    whole = content(dataset(ramp(), PatientName="DOE^JANE"))
    (folder / "DOE_JANE_1.dcm").write_bytes(whole)
    (folder / "DOE_JANE_2.dcm").write_bytes(whole[:-10])
    (folder / "DOE_JANE.txt").write_text("DOE")
    return folder


def test_prepare_says_what_became_of_every_file_and_names_none(
    scans: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["scans", "prepare", str(scans), str(tmp_path / "out")]) == 0
    out, err = capfd.readouterr()
    assert [line.split()[:4] for line in out.splitlines()[:4]] == [
        ["3", "files", "read"],
        ["1", "images", "prepared"],
        ["0", "images", "already", "there"],
        ["2", "files", "skipped"],
    ]
    assert err.count("\n") == 2
    assert "skipped file 1 (sha256 " in err
    assert "DOE" not in out + err


def test_prepare_gives_the_summary_as_json(scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scans", "prepare", str(scans), str(tmp_path / "out"), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["schema_version"] == 1
    assert (summary["files"], summary["prepared"], summary["already_there"], summary["skipped"]) == (3, 1, 0, 2)
    assert summary["skipped_by_reason"] == {"not-dicom": 1, "broken-or-truncated": 1}
    assert [each["position"] for each in summary["skipped_files"]] == [1, 3]
    assert summary["uploaded"] is None


def test_prepare_writes_the_ledger_where_it_is_told(scans: Path, tmp_path: Path) -> None:
    assert run(["scans", "prepare", str(scans), str(tmp_path / "out"), "--ledger", str(tmp_path / "book.jsonl")]) == 0
    assert len((tmp_path / "book.jsonl").read_text().splitlines()) == 1
    assert not (tmp_path / "out" / "ledger.jsonl").exists()


def test_prepare_without_a_single_image_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.txt").write_text("x")
    assert run(["scans", "prepare", str(tmp_path / "in"), str(tmp_path / "out")]) == 2
    assert "no image came out of 1 files" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ["--upload", "s3://bucket/x/"],
        ["--kms-key-arn", "arn:aws:kms:us-east-1:123456789012:key/x"],
        ["--upload", "bucket/x", "--kms-key-arn", "arn:aws:kms:us-east-1:123456789012:key/x"],
        ["--upload", "s3://bucket/x", "--kms-key-arn", "alias/x"],
        ["--window", "nonsense"],
    ],
)
def test_wrong_options_are_found_before_any_work_is_done(scans: Path, tmp_path: Path, options: list[str]) -> None:
    assert run(["scans", "prepare", str(scans), str(tmp_path / "out"), *options]) == 2
    assert not (tmp_path / "out").exists()
