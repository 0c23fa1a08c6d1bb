"""A source of scans becomes images and a ledger: everything is accounted for, and a run can be cut off anywhere."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.scans import dicom, ledger, targets
from gtctl.scans.deidentify import Pseudonyms
from gtctl.scans.deidentify.key_file import open_existing, open_or_make
from gtctl.scans.pixels.policy import PixelPolicy
from gtctl.scans.prepare import How, prepare
from gtctl.scans.skipping import Reason
from gtctl.scans.summary import Summary
from tests.scans import runs
from tests.scans.dicom_files import content, dataset, item, ramp
from tests.scans.runs import files, images, run, write
from tests.scans.test_png import chunks

PYDICOM_FILES = Path(pydicom.__file__).parent / "data"


def counts(summary: Summary) -> tuple[int, int, int, int, int]:
    """Files, then what they became: prepared, there already, duplicates, quarantined."""
    return (
        summary.files,
        summary.prepared,
        summary.already_there,
        summary.duplicates,
        len(summary.quarantined),
    )


def test_each_file_of_pydicoms_own_collection_is_accounted_for(tmp_path: Path) -> None:
    summary = run(PYDICOM_FILES, tmp_path)
    entries = ledger.by_image(tmp_path / "ledger.jsonl")
    assert summary.files == sum(1 for path in PYDICOM_FILES.rglob("*") if path.is_file())
    assert summary.files == summary.prepared + summary.duplicates + len(summary.quarantined)
    assert summary.prepared == len({entry.source_sha256 for entry in entries.values()})
    assert summary.images_prepared == len(entries) == len(images(tmp_path)) > 100
    assert len((tmp_path / "quarantine.jsonl").read_bytes().splitlines()) == len(summary.quarantined)
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
    assert counts(run(tmp_path / "in", tmp_path / "out")) == (2, 2, 0, 0, 0)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    summary = run(tmp_path / "in", tmp_path / "out")
    assert counts(summary) == (2, 0, 2, 0, 0)
    assert (summary.images_already_there, summary.bytes_out) == (2, 0)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


def test_a_run_that_was_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path / f"in/{number}.dcm", number)
    calls = 0

    def cut_off() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(str(tmp_path / "in"), str(tmp_path / "out"), runs.settings(), How(), cut_off)
    ledger_file = tmp_path / "out/ledger.jsonl"
    there = len(ledger.by_image(ledger_file))
    assert there
    ledger_file.write_bytes(ledger_file.read_bytes() + b'{"schema_ver')
    (tmp_path / f"out/.{'a' * 32}.png.0123abcd.partial").write_bytes(b"half")
    (tmp_path / "out/.somebody-elses.partial").touch()
    assert counts(run(tmp_path / "in", tmp_path / "out")) == (4, 4 - there, there, 0, 0)
    run(tmp_path / "in", tmp_path / "whole")
    left = files(tmp_path / "out")
    assert left.pop(".somebody-elses.partial") == b""
    assert left == files(tmp_path / "whole")


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"junk")])
def test_an_image_that_was_lost_or_changed_is_made_again(tmp_path: Path, damage: object) -> None:
    for number in range(3):
        write(tmp_path / f"in/{number}.dcm", number)
    run(tmp_path / "in", tmp_path / "out")
    image = images(tmp_path / "out")[1]
    original = image.read_bytes()
    damage(image)  # type: ignore[operator]
    assert counts(run(tmp_path / "in", tmp_path / "out")) == (3, 1, 2, 0, 0)
    assert image.read_bytes() == original


def test_a_dicom_object_that_was_lost_or_is_wanted_now_is_made(tmp_path: Path) -> None:
    source = write(tmp_path / "in/a.dcm")
    run(source, tmp_path / "out")

    def again() -> Summary:
        return prepare(str(source), str(tmp_path / "out"), runs.settings(with_dicom=True))

    assert again().objects_prepared == 1
    (made,) = (tmp_path / "out/dicom").iterdir()
    original = made.read_bytes()
    made.unlink()
    assert again().objects_prepared == 1
    assert made.read_bytes() == original
    assert again().objects_prepared == 0
    (entry,) = ledger.by_image(tmp_path / "out/ledger.jsonl").values()
    assert entry.dicom
    assert (entry.dicom.file, entry.dicom.sha256) == (made.name, hashlib.sha256(original).hexdigest())
    assert pydicom.dcmread(made).SOPInstanceUID == entry.instance


def test_an_image_keeps_its_name_wherever_and_however_often_it_is_made(tmp_path: Path) -> None:
    source = write(tmp_path / "in/a.dcm")
    moved = tmp_path / "elsewhere" / "DOE_JANE.dcm"
    moved.parent.mkdir()
    shutil.copyfile(source, moved)
    run(source, tmp_path / "one")
    prepare(str(moved), str(tmp_path / "two"), runs.settings(pseudonyms=Pseudonyms.fresh()))
    assert [path.name for path in images(tmp_path / "one")] == [path.name for path in images(tmp_path / "two")]


def test_another_window_or_policy_makes_another_image(tmp_path: Path) -> None:
    source = write(tmp_path / "a.dcm", BodyPartExamined="CHEST")
    run(source, tmp_path / "out", "lung")
    assert run(source, tmp_path / "out", "bone").prepared == 1
    prepare(str(source), str(tmp_path / "out"), runs.settings("bone", policy=PixelPolicy()))
    assert len(images(tmp_path / "out")) == 3


def test_images_of_earlier_runs_with_other_pseudonyms_are_counted(tmp_path: Path) -> None:
    source = write(tmp_path / "a.dcm")
    run(source, tmp_path / "out")
    assert run(source, tmp_path / "out").other_pseudonyms == 0
    other = prepare(str(source), str(tmp_path / "out"), runs.settings(pseudonyms=Pseudonyms.fresh()))
    assert (other.already_there, other.other_pseudonyms) == (1, 1)


def test_a_key_file_takes_down_whose_images_they_are_and_keeps_their_pseudonyms(tmp_path: Path) -> None:
    write(tmp_path / "in/DOE_JANE.dcm", 1, PatientID="MRN-1", StudyInstanceUID="1.2.3.4")
    run(tmp_path / "in", tmp_path / "out")

    def with_key() -> Summary:
        key_file = open_or_make(tmp_path / "key", passphrase=lambda _new: "correct horse")
        return prepare(str(tmp_path / "in"), str(tmp_path / "out"), runs.settings(), key_file=key_file)

    # Images whose pseudonyms are not in the key file get a line with those that are.
    assert counts(with_key()) == (1, 1, 0, 0, 0)
    write(tmp_path / "in/second.dcm", 2, PatientID="MRN-1")
    assert counts(with_key()) == (2, 1, 1, 0, 0)
    entries = list(ledger.by_image(tmp_path / "out/ledger.jsonl").values())
    records = list(open_existing(tmp_path / "key", lambda _new: "correct horse").records())
    assert [(each.source_sha256, each.patient) for each in records] == [
        (entry.source_sha256, entry.patient) for entry in entries
    ]
    assert {entry.patient for entry in entries} == {entries[0].patient} != {runs.PSEUDONYMS.patient(item())}
    assert [each.patient_id for each in records] == ["MRN-1", "MRN-1"]
    assert records[0].source == str(tmp_path / "in/DOE_JANE.dcm")
    assert records[0].study_uid == "1.2.3.4"


def test_a_file_that_is_there_twice_gives_one_image(tmp_path: Path) -> None:
    shutil.copyfile(write(tmp_path / "in/a.dcm"), tmp_path / "in/b.dcm")
    assert counts(run(tmp_path / "in", tmp_path / "out")) == (2, 1, 0, 1, 0)
    assert counts(run(tmp_path / "in", tmp_path / "out")) == (2, 0, 1, 1, 0)


def test_the_second_of_two_files_with_one_instance_uid_and_other_content_is_quarantined_in_every_run(
    tmp_path: Path,
) -> None:
    write(tmp_path / "in/a.dcm", 1)
    write(tmp_path / "in/b.dcm", 2, SOPInstanceUID="1.2.3.1")
    for _ in range(2):
        # Each run has pseudonyms of its own.
        summary = prepare(
            str(tmp_path / "in"), str(tmp_path / "out"), runs.settings(pseudonyms=Pseudonyms.fresh()), How()
        )
        assert [(each.position, each.reason) for each in summary.quarantined] == [(2, Reason.DUPLICATE_INSTANCE)]
    assert len(images(tmp_path / "out")) == 1


def test_an_instance_of_an_earlier_run_is_known_while_the_pseudonyms_are_the_same(tmp_path: Path) -> None:
    run(write(tmp_path / "a.dcm", 1), tmp_path / "out")
    summary = run(write(tmp_path / "b.dcm", 2, SOPInstanceUID="1.2.3.1"), tmp_path / "out")
    assert [each.reason for each in summary.quarantined] == [Reason.DUPLICATE_INSTANCE]


def test_every_frame_becomes_an_image(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(content(dataset(np.stack([ramp(), ramp()[::-1], ramp().T]))))
    assert run(tmp_path / "a.dcm", tmp_path / "out").images_prepared == 3
    entries = ledger.by_image(tmp_path / "out/ledger.jsonl").values()
    assert [(entry.frame, entry.frames) for entry in entries] == [(0, 3), (1, 3), (2, 3)]


def test_the_ledger_tells_where_in_the_patient_a_pixel_lies(tmp_path: Path) -> None:
    placed: dict[str, Any] = {
        "FrameOfReferenceUID": "1.2.3.99",
        "ImagePositionPatient": [-100, -90.5, 12],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [0.5, 0.75],
        "SliceThickness": "2.5",
    }
    run(write(tmp_path / "a.dcm", **placed), tmp_path / "out")
    (entry,) = ledger.by_image(tmp_path / "out/ledger.jsonl").values()
    assert entry.geometry == ledger.Geometry(
        frame_of_reference=runs.PSEUDONYMS.uid("1.2.3.99"),
        position=(-100, -90.5, 12),
        orientation=(1, 0, 0, 0, 1, 0),
        spacing=(0.5, 0.75),
        slice_thickness=2.5,
    )


def test_each_frame_has_the_geometry_of_its_own_functional_groups(tmp_path: Path) -> None:
    def plane(z: float) -> pydicom.Dataset:
        return item(PlanePositionSequence=[item(ImagePositionPatient=[0, 0, z])])

    shared = item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=[0, 1, 0, 0, 0, -1])],
        PixelMeasuresSequence=[item(PixelSpacing=[2, 3], SliceThickness=4)],
    )
    made = dataset(
        np.stack([ramp()] * 2),
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=[plane(1), plane(2)],
    )
    (tmp_path / "a.dcm").write_bytes(content(made))
    run(tmp_path / "a.dcm", tmp_path / "out")
    found = [entry.geometry for entry in ledger.by_image(tmp_path / "out/ledger.jsonl").values()]
    assert [each.position for each in found] == [(0, 0, 1), (0, 0, 2)]
    assert {each.orientation for each in found} == {(0, 1, 0, 0, 0, -1)}
    assert {(each.spacing, each.slice_thickness) for each in found} == {((2, 3), 4)}


def test_a_frame_that_fails_takes_the_images_of_its_file_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.dcm").write_bytes(content(dataset(np.stack([ramp()] * 3), WindowCenter=0, WindowWidth=9)))
    decode = dicom.decode

    def fails_late(dataset: pydicom.Dataset):  # type: ignore[no-untyped-def]
        for number, frame in enumerate(decode(dataset)):
            if number == 2:
                raise ValueError("DOE^JANE")
            yield frame

    monkeypatch.setattr(dicom, "decode", fails_late)
    summary = run(tmp_path / "a.dcm", tmp_path / "out")
    assert [each.reason for each in summary.quarantined] == [Reason.BROKEN]
    assert "DOE" not in repr(summary)
    assert not images(tmp_path / "out")


def test_a_file_with_fewer_frames_than_it_says_gives_no_image(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(content(dataset(np.stack([ramp()] * 2), NumberOfFrames=5)))
    assert [each.reason for each in run(tmp_path / "a.dcm", tmp_path / "out").quarantined] == [Reason.BROKEN]
    assert not images(tmp_path / "out")


def test_what_the_pixel_policy_refuses_is_quarantined_with_its_reason(tmp_path: Path) -> None:
    write(tmp_path / "in/a.dcm", 1, BodyPartExamined="CHEST")
    write(tmp_path / "in/b.dcm", 2, BodyPartExamined="HEAD")
    write(tmp_path / "in/c.dcm", 3, BodyPartExamined="CHEST", BurnedInAnnotation="YES")
    summary = prepare(str(tmp_path / "in"), str(tmp_path / "out"), runs.settings(policy=PixelPolicy()))
    assert summary.quarantined_by_reason == {Reason.FACE: 1, Reason.BURNED_IN: 1}
    (entry,) = ledger.by_image(tmp_path / "out/ledger.jsonl").values()
    assert entry.pixels == {
        "burned_in": "not-expected",
        "face": "not-expected",
        "text_search": "not-searched",
        "policy_sha256": PixelPolicy().hash,
        "blacked_out": [],
    }


def test_a_dry_run_says_what_a_run_would_do_and_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path / "in/a.dcm", 1)
    (tmp_path / "in/b.txt").write_text("x")
    dry = run(tmp_path / "in", tmp_path / "out", dry_run=True)
    assert not (tmp_path / "out").exists()
    real = run(tmp_path / "in", tmp_path / "out")
    dry.dry_run = False
    assert dry == real
    ledger_file = tmp_path / "out/ledger.jsonl"
    ledger_file.write_bytes(ledger_file.read_bytes() + b'{"sch')
    before = files(tmp_path / "out")
    assert counts(run(tmp_path / "in", tmp_path / "out", dry_run=True)) == (2, 0, 1, 0, 1)
    assert files(tmp_path / "out") == before


def test_the_quarantine_list_is_that_of_the_last_run(tmp_path: Path) -> None:
    write(tmp_path / "in/a.dcm")
    (tmp_path / "in/DOE_JANE.txt").write_text("x")
    run(tmp_path / "in", tmp_path / "out")
    sha256 = hashlib.sha256(b"x").hexdigest()
    assert (tmp_path / "out/quarantine.jsonl").read_text() == (
        f'{{"schema_version":1,"position":1,"source_sha256":"{sha256}","reason":"not-dicom"}}\n'
    )
    (tmp_path / "in/DOE_JANE.txt").unlink()
    run(tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out/quarantine.jsonl").exists()


def test_names_of_images_say_nothing_and_images_hold_pixels_only(tmp_path: Path) -> None:
    run(write(tmp_path / "DOE_JANE.dcm"), tmp_path / "out")
    (image,) = images(tmp_path / "out")
    assert re.fullmatch(r"[0-9a-f]{32}\.png", image.name)
    assert set(chunks(image.read_bytes())) == {b"IHDR", b"IDAT", b"IEND"}


def test_odd_things_in_the_folder_never_stop_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "deep/er/a.dcm")
    (folder / "empty").touch()
    (folder / "text.dcm").write_text("no DICOM")
    (folder / "more.zip").write_bytes(b"PK\x03\x04 and so on")
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    (folder / "dangling").symlink_to(tmp_path / "nowhere")
    summary = run(folder, tmp_path / "out")
    assert summary.prepared == 1
    assert summary.quarantined_by_reason == {Reason.NOT_A_FILE: 4, Reason.NOT_DICOM: 2, Reason.ARCHIVE: 1}


def test_a_missing_library_is_not_taken_for_a_broken_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ImportError):
        run(write(tmp_path / "a.dcm"), tmp_path / "out")


def test_the_destination_may_lie_in_the_source(tmp_path: Path) -> None:
    write(tmp_path / "a.dcm")
    assert counts(run(tmp_path, tmp_path / "out")) == (1, 1, 0, 0, 0)
    assert counts(run(tmp_path, tmp_path / "out")) == (1, 0, 1, 0, 0)


def test_positions_count_the_files_in_sorted_order(tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(name)
    found = [(each.position, each.source_sha256) for each in run(tmp_path / "in", tmp_path / "out").quarantined]
    assert found == [(number, hashlib.sha256(name.encode()).hexdigest()) for number, name in enumerate("abc", start=1)]


WHOLE = content(dataset(ramp(), Modality="CT", RescaleSlope=1, RescaleIntercept=-10, NumberOfFrames=1))


@settings(max_examples=60, deadline=None)
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
    summary = run(folder / "a.dcm", folder / "out")
    assert len(images(folder / "out")) == summary.images_prepared
    assert bool(summary.prepared) != bool(summary.quarantined)


def test_an_image_larger_than_a_job_takes_is_quarantined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gtctl.scans.process.MAX_IMAGE_BYTES", 10)
    assert [each.reason for each in run(write(tmp_path / "a.dcm"), tmp_path / "out").quarantined] == [Reason.TOO_LARGE]
    assert not images(tmp_path / "out")


def test_a_missing_source_is_bad_input_that_does_not_name_it(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="SRC is neither a file nor a folder") as refused:
        run(tmp_path / "DOE_JANE", tmp_path / "out")
    assert "DOE" not in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_a_destination_that_cannot_be_written_is_an_environment_failure(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, where a folder should be")
    with pytest.raises(EnvironmentFailed):
        run(write(tmp_path / "a.dcm"), tmp_path / "out")


@pytest.mark.parametrize(
    ("destination", "book"), [("out", "out/ledger.jsonl"), ("out", "b"), ("b", "out/ledger.jsonl")]
)
def test_two_runs_write_neither_one_ledger_nor_one_folder(tmp_path: Path, destination: str, book: str) -> None:
    write(tmp_path / "in/a.dcm")
    refused: list[str] = []

    def second_run() -> None:
        with pytest.raises(EnvironmentFailed, match="another run is writing") as error:
            run(tmp_path / "in", tmp_path / destination, ledger=str(tmp_path / book))
        refused.append(str(error.value))

    prepare(str(tmp_path / "in"), str(tmp_path / "out"), runs.settings(), How(), second_run)
    assert len(refused) == 1
    assert run(tmp_path / "in", tmp_path / "out").already_there == 1


def test_a_ledger_of_an_earlier_gtctl_is_not_mixed_with_new_images(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/ledger.jsonl").write_text('{"schema_version":1,"image":"x"}\n')
    with pytest.raises(BadInput, match="into a new DEST"):
        run(write(tmp_path / "a.dcm"), tmp_path / "out")


def test_no_more_is_made_than_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow disk or S3 holds the work up: images that wait are bounded, however large the source is."""
    made = most = 0
    written = itertools.count()
    put = targets.Folder.put

    def slow_put(target: targets.Folder, name: str, image: bytes) -> bool:
        nonlocal most
        most = max(most, made - next(written))
        time.sleep(0.02)
        return put(target, name, image)

    def count() -> None:
        nonlocal made
        made += 1

    monkeypatch.setattr(targets.Folder, "put", slow_put)
    monkeypatch.setattr("gtctl.scans.prepare._MAX_PENDING_FILES", 20)
    for number in range(100):
        write(tmp_path / f"in/{number:03}.dcm", number)
    assert prepare(str(tmp_path / "in"), str(tmp_path / "out"), runs.settings(), How(), count).prepared == 100
    assert most <= 21
