"""``gtctl scans`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtctl.cli import run
from gtctl.scans import ledger
from tests.scans.dicom_files import content, dataset, ramp
from tests.scans.runs import images

KEY = "arn:aws:kms:us-east-1:123456789012:key/x"


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder with two scans, one of them broken, and a text file; their names name a patient."""
    folder = tmp_path / "scans"
    folder.mkdir()
    uids = {"SOPInstanceUID": "1.2.3", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}
    whole = content(dataset(ramp(), PatientName="DOE^JANE", PatientID="MRN-77", BodyPartExamined="CHEST", **uids))
    (folder / "DOE_JANE_1.dcm").write_bytes(whole)
    (folder / "DOE_JANE_2.dcm").write_bytes(whole[:-10])
    (folder / "DOE_JANE.txt").write_text("DOE")
    return folder


def test_prepare_says_what_became_of_every_file_and_names_none(
    scans: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["scans", "prepare", str(scans), str(tmp_path / "out")]) == 0
    out, err = capfd.readouterr()
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["3", "files", "read"],
        ["1", "files", "prepared:"],
        ["0", "files", "already"],
        ["0", "files", "with"],
        ["2", "files", "quarantined"],
        ["1", "not-dicom:", "not"],
        ["1", "broken-or-truncated:", "broken"],
        ["0.0", "MB", "written"],
    ]
    assert err.count("\n") == 2
    assert "quarantined file 1 (sha256 " in err
    assert "DOE" not in out + err


def test_prepare_gives_the_summary_as_json(scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scans", "prepare", str(scans), str(tmp_path / "out"), "--json", "--with-dicom", "--jobs", "0"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary.pop("seconds") > 0
    assert summary.pop("images_per_second") > 0
    assert [each["position"] for each in summary.pop("quarantined_files")] == [1, 3]
    assert summary.pop("bytes_in") == sum(path.stat().st_size for path in scans.iterdir())
    made = [*images(tmp_path / "out"), *(tmp_path / "out/dicom").iterdir()]
    assert summary.pop("bytes_out") == sum(path.stat().st_size for path in made)
    assert summary == {
        "schema_version": 2,
        "dry_run": False,
        "files": 3,
        "files_prepared": 1,
        "files_already_there": 0,
        "files_duplicate": 0,
        "files_quarantined": 2,
        "quarantined_by_reason": {"not-dicom": 1, "broken-or-truncated": 1},
        "images_prepared": 1,
        "images_already_there": 0,
        "images_with_other_pseudonyms": 0,
        "dicom_objects_prepared": 1,
    }


def test_strict_ends_with_1_where_a_file_was_quarantined(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare = ["scans", "prepare", str(scans), str(tmp_path / "out"), "--jobs", "0", "--strict"]
    assert run(prepare) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "gtctl: 2 of 3 files were quarantined (--strict)"
    assert len(images(tmp_path / "out")) == 1
    (scans / "DOE_JANE.txt").unlink()
    (scans / "DOE_JANE_2.dcm").unlink()
    assert run(prepare) == 0


def test_a_dry_run_says_so_and_writes_nothing(scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scans", "prepare", str(scans), str(tmp_path / "out"), "--jobs", "0", "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("Nothing was written (--dry-run)")
    assert not (tmp_path / "out").exists()


def test_prepare_writes_the_ledger_where_it_is_told(scans: Path, tmp_path: Path) -> None:
    book = tmp_path / "book" / "ledger.jsonl"
    assert run(["scans", "prepare", str(scans), str(tmp_path / "out"), "--jobs", "0", "--ledger", str(book)]) == 0
    assert {path.name for path in book.parent.iterdir()} == {"ledger.jsonl", "quarantine.jsonl"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(ledger.by_image(book))


def test_whoever_has_the_key_file_can_tell_whose_image_it_is(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GTCTL_KEY_PASSPHRASE", "correct horse")
    prepare = ["scans", "prepare", str(scans), str(tmp_path / "out"), "--jobs", "0", "--key-file"]
    assert run([*prepare, str(tmp_path / "out/key")]) == 2
    assert "must not lie beside the images" in capsys.readouterr().err
    assert run([*prepare, str(tmp_path / "key"), "--dry-run"]) == 0
    assert not (tmp_path / "key").exists()
    assert run([*prepare, str(tmp_path / "key")]) == 0
    (image,) = images(tmp_path / "out")
    capsys.readouterr()
    reidentify = ["scans", "reidentify", str(tmp_path / "key"), "--ledger", str(tmp_path / "out/ledger.jsonl")]
    assert run([*reidentify, image.name]) == 0
    assert "MRN-77" in capsys.readouterr().out


def test_faces_go_before_the_policy(scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (scans / "DOE_JANE_3.dcm").write_bytes(content(dataset(ramp(low=5), BodyPartExamined="HEAD")))
    policy = tmp_path / "policy.yaml"
    policy.write_text("schema_version: 1\nfaces: accept\n")
    prepare = ["scans", "prepare", str(scans), str(tmp_path / "out"), "--jobs", "0", "--pixel-policy", str(policy)]
    assert run([*prepare, "--faces", "refuse"]) == 0
    assert len(images(tmp_path / "out")) == 1
    assert run(prepare) == 0
    assert {entry.pixels["face"] for entry in ledger.by_image(tmp_path / "out/ledger.jsonl").values()} == {
        "accepted",
        "not-expected",
    }


def test_prepare_without_a_single_image_is_bad_input_with_the_reason_for_most(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.txt").write_text("x")
    assert run(["scans", "prepare", str(tmp_path / "in"), str(tmp_path / "out"), "--jobs", "0"]) == 2
    assert "no image came out of 1 files: not a DICOM file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["s3://bucket/x/"],
        ["s3://bucket/x/", "--kms-key-arn", "alias/x"],
        ["s3:/bucket/x/", "--ledger", "s3://bucket/ledger.jsonl"],
        ["s3://", "--kms-key-arn", KEY],
        ["out", "--window", "nonsense"],
        ["out", "--faces", "blur"],
        ["out", "--pixel-policy", "missing.yaml"],
        ["out", "--time-limit", "0"],
        ["out", "--key-file-kms-key", KEY],
        ["out", "--scheduler", "nonsense"],
    ],
)
def test_wrong_options_are_found_before_any_work_is_done(
    scans: Path, tmp_path: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run(["scans", "prepare", str(scans), *arguments]) == 2
    assert not list((tmp_path / "here").iterdir())
