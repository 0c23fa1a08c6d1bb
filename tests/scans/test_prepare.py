"""A folder of scans becomes images and a ledger: everything is accounted for, and nothing of a patient is left."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.scans import dicom, ledger
from gtctl.scans.prepare import Summary, prepare
from gtctl.scans.skipping import Reason
from tests.scans.dicom_files import content, dataset, item, ramp
from tests.scans.test_png import chunks

PYDICOM_FILES = Path(pydicom.__file__).parent / "data"


def write(path: Path, number: int = 0, **attributes: Any) -> Path:
    """A DICOM file that differs from those of other numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content(dataset(ramp(low=-1000 + number), InstanceNumber=number, **attributes)))
    return path


def images(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.png"))


def test_each_file_of_pydicoms_own_collection_is_accounted_for(tmp_path: Path) -> None:
    summary = prepare(PYDICOM_FILES, tmp_path)
    entries = ledger.by_image(tmp_path / "ledger.jsonl")
    sources = {entry.source_sha256 for entry in entries.values()}
    duplicates = summary.already_there
    assert summary.files == sum(1 for path in PYDICOM_FILES.rglob("*") if path.is_file())
    assert summary.files == len(sources) + duplicates + len(summary.skipped)
    assert summary.prepared == len(entries) == len(images(tmp_path)) > 100
    for entry in entries.values():
        png = (tmp_path / entry.image).read_bytes()
        assert hashlib.sha256(png).hexdigest() == entry.image_sha256
        assert len(png) == entry.image_bytes
        with Image.open(tmp_path / entry.image) as image:
            assert image.size == (entry.width, entry.height)
            assert image.mode in ("L", "RGB")


def test_a_second_run_does_nothing_again(tmp_path: Path) -> None:
    write(tmp_path / "in/a.dcm", 1)
    write(tmp_path / "in/b.dcm", 2)
    assert prepare(tmp_path / "in", tmp_path / "out") == Summary(files=2, prepared=2)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    assert prepare(tmp_path / "in", tmp_path / "out") == Summary(files=2, already_there=2)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


def test_a_run_that_was_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path / f"in/{number}.dcm", number)
    calls = 0

    def cut_off() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(tmp_path / "in", tmp_path / "out", on_file=cut_off)
    ledger_file = tmp_path / "out/ledger.jsonl"
    ledger_file.write_bytes(ledger_file.read_bytes() + b'{"schema_ver')
    assert prepare(tmp_path / "in", tmp_path / "out") == Summary(files=4, prepared=2, already_there=2)
    assert len(ledger.by_image(ledger_file)) == 4


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"junk")])
def test_an_image_that_was_lost_or_changed_is_made_again(tmp_path: Path, damage: object) -> None:
    source = write(tmp_path / "a.dcm")
    prepare(source, tmp_path / "out")
    (image,) = images(tmp_path / "out")
    original = image.read_bytes()
    damage(image)  # type: ignore[operator]
    assert prepare(source, tmp_path / "out").prepared == 1
    assert image.read_bytes() == original


def test_an_image_keeps_its_name_wherever_and_however_often_it_is_made(tmp_path: Path) -> None:
    source = write(tmp_path / "in/a.dcm")
    moved = tmp_path / "elsewhere" / "DOE_JANE.dcm"
    moved.parent.mkdir()
    shutil.copyfile(source, moved)
    prepare(source, tmp_path / "one")
    prepare(moved, tmp_path / "two")
    assert [path.name for path in images(tmp_path / "one")] == [path.name for path in images(tmp_path / "two")]


def test_another_window_makes_another_image(tmp_path: Path) -> None:
    source = write(tmp_path / "a.dcm")
    prepare(source, tmp_path / "out", "lung")
    assert prepare(source, tmp_path / "out", "bone").prepared == 1
    assert len(images(tmp_path / "out")) == 2


def test_a_file_that_is_there_twice_gives_one_image(tmp_path: Path) -> None:
    shutil.copyfile(write(tmp_path / "in/a.dcm"), tmp_path / "in/b.dcm")
    assert prepare(tmp_path / "in", tmp_path / "out") == Summary(files=2, prepared=1, already_there=1)


def test_every_frame_becomes_an_image(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(content(dataset(np.stack([ramp(), ramp()[::-1], ramp().T]))))
    assert prepare(tmp_path / "a.dcm", tmp_path / "out").prepared == 3
    entries = ledger.by_image(tmp_path / "out/ledger.jsonl").values()
    assert [(entry.frame, entry.frames) for entry in entries] == [(0, 3), (1, 3), (2, 3)]


def test_a_frame_that_fails_takes_the_images_of_its_file_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.dcm").write_bytes(content(dataset(np.stack([ramp()] * 3), WindowCenter=0, WindowWidth=9)))
    decode = dicom.decode

    def fails_late(dataset: pydicom.Dataset):  # type: ignore[no-untyped-def]
        for number, frame in enumerate(decode(dataset)):
            if number == 2:
                raise ValueError("DOE^JANE")
            yield frame

    monkeypatch.setattr(dicom, "decode", fails_late)
    summary = prepare(tmp_path / "a.dcm", tmp_path / "out")
    assert [skipped.reason for skipped in summary.skipped] == [Reason.BROKEN]
    assert "DOE" not in str(summary.skipped[0])
    assert not images(tmp_path / "out")


def test_a_file_with_fewer_frames_than_it_says_gives_no_image(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(content(dataset(np.stack([ramp()] * 2), NumberOfFrames=5)))
    assert [each.reason for each in prepare(tmp_path / "a.dcm", tmp_path / "out").skipped] == [Reason.BROKEN]
    assert not images(tmp_path / "out")


def test_nothing_of_the_patient_gets_into_any_file_or_its_name(tmp_path: Path) -> None:
    planted: dict[str, Any] = {
        "PatientName": "PLANTED^NAME",
        "PatientID": "PLANTED-ID",
        "PatientBirthDate": "19010203",
        "AccessionNumber": "PLANTED-ACC",
        "StudyInstanceUID": "1.2.3.4567.89",
        "Modality": "PLANTED MODALITY",
        "InstitutionName": "PLANTED HOSPITAL",
        "ImageComments": "PLANTED COMMENT",
        "ReferencedStudySequence": [item(PatientName="PLANTED^NESTED")],
    }
    source = tmp_path / "PLANTED_NAME" / "PLANTED-ID.dcm"
    write(source, **planted)
    shutil.copyfile(source, tmp_path / "PLANTED_NAME" / "again.dcm")
    (tmp_path / "PLANTED_NAME" / "PLANTED.txt").write_text("PLANTED")
    (tmp_path / "PLANTED_NAME" / "PLANTED-broken.dcm").write_bytes(source.read_bytes()[:-100])
    summary = prepare(tmp_path / "PLANTED_NAME", tmp_path / "out")
    assert summary.prepared == 1
    assert len(summary.skipped) == 2
    said = " ".join(map(str, summary.skipped)) + repr(summary)
    for path in (tmp_path / "out").iterdir():
        said += path.name + path.read_bytes().decode("latin-1") + path.read_bytes().decode("utf-16", "replace")
    for secret in ("PLANTED", "19010203", "1.2.3.4567.89"):
        assert secret not in said
    (image,) = images(tmp_path / "out")
    assert re.fullmatch(r"[0-9a-f]{32}\.png", image.name)
    assert set(chunks(image.read_bytes())) == {b"IHDR", b"IDAT", b"IEND"}


def test_odd_things_in_the_folder_never_stop_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "deep/er/a.dcm")
    (folder / "empty").touch()
    (folder / "text.dcm").write_text("no DICOM")
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to(tmp_path / "nowhere")
    summary = prepare(folder, tmp_path / "out")
    assert summary.prepared == 1
    assert summary.skipped_by_reason == {Reason.NOT_A_FILE: 3, Reason.NOT_DICOM: 2}


def test_a_folder_that_cannot_be_read_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "in/a.dcm")
    write(tmp_path / "in/closed/b.dcm")
    scandir = os.scandir

    def refuse(path: str) -> Any:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    summary = prepare(tmp_path / "in", tmp_path / "out")
    assert summary.prepared == 1
    assert summary.skipped_by_reason == {Reason.UNREADABLE: 1}


def test_a_missing_library_is_not_taken_for_a_broken_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ImportError):
        prepare(write(tmp_path / "a.dcm"), tmp_path / "out")


def test_the_destination_may_lie_in_the_source(tmp_path: Path) -> None:
    write(tmp_path / "a.dcm")
    assert prepare(tmp_path, tmp_path / "out") == Summary(files=1, prepared=1)
    assert prepare(tmp_path, tmp_path / "out") == Summary(files=1, already_there=1)


def test_positions_count_the_files_in_sorted_order(tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(name)
    found = [(each.position, each.source_sha256) for each in prepare(tmp_path / "in", tmp_path / "out").skipped]
    assert found == [(number, hashlib.sha256(name.encode()).hexdigest()) for number, name in enumerate("abc", start=1)]


WHOLE = content(dataset(ramp(), Modality="CT", RescaleSlope=1, RescaleIntercept=-10, NumberOfFrames=1))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(132, len(WHOLE) - 1), st.binary(min_size=1, max_size=4)), min_size=1, max_size=3))
@example([(WHOLE.index(b"CS\x02\0CT"), b"\0")])
def test_a_damaged_file_never_stops_the_run(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    file = bytearray(WHOLE)
    for position, junk in damage:
        file[position : position + len(junk)] = junk
    (folder / "a.dcm").write_bytes(file)
    summary = prepare(folder / "a.dcm", folder / "out")
    assert len(images(folder / "out")) == summary.prepared
    assert bool(summary.prepared) != bool(summary.skipped)


def test_an_image_larger_than_a_job_takes_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gtctl.scans.prepare.MAX_IMAGE_BYTES", 10)
    assert [each.reason for each in prepare(write(tmp_path / "a.dcm"), tmp_path / "out").skipped] == [Reason.TOO_LARGE]
    assert not images(tmp_path / "out")


def test_a_missing_source_is_bad_input_that_does_not_name_it(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="SRC is neither a file nor a folder") as refused:
        prepare(tmp_path / "DOE_JANE", tmp_path / "out")
    assert "DOE" not in str(refused.value)


def test_a_destination_that_cannot_be_written_is_an_environment_failure(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, where a folder should be")
    with pytest.raises(EnvironmentFailed):
        prepare(write(tmp_path / "a.dcm"), tmp_path / "out")
