"""A DICOMDIR gives the files it names; names that lead out of its folder, or nowhere, are refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset, config
from pydicom.uid import MediaStorageDirectoryStorage

from gtctl.errors import BadInput
from gtctl.scans.skipping import Reason
from tests.scans.dicom_files import content, dataset, item, ramp
from tests.scans.sources.test_folder import read

SAMPLES = Path(pydicom.__file__).parent / "data" / "test_files"


@pytest.fixture(autouse=True)
def _any_value_may_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.IGNORE)
    monkeypatch.setattr(config.settings, "writing_validation_mode", config.IGNORE)


def dicomdir(folder: Path, *file_ids: object) -> Path:
    """A DICOMDIR with a record for each File ID; None makes a record that names no file."""
    made = Dataset()
    made.file_meta = dataset(ramp()).file_meta
    made.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    made.DirectoryRecordSequence = [
        item(DirectoryRecordType="IMAGE", **({"ReferencedFileID": each} if each else {})) for each in file_ids
    ]
    folder.mkdir(exist_ok=True)
    (folder / "DICOMDIR").write_bytes(content(made))
    return folder / "DICOMDIR"


def test_every_file_of_a_real_dicomdir_is_found(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "dicomdirtests", tmp_path / "disc")
    found = read(tmp_path / "disc/DICOMDIR")
    records = pydicom.dcmread(tmp_path / "disc/DICOMDIR").DirectoryRecordSequence
    named = [record for record in records if "ReferencedFileID" in record]
    assert len(found) == len(named) > 20
    uids = [record.ReferencedSOPInstanceUIDInFile for record in named]
    assert all(isinstance(each, bytes) and uid.encode() in each for each, uid in zip(found, uids, strict=True))


def test_files_come_in_the_order_of_the_records_and_others_do_not(tmp_path: Path) -> None:
    path = dicomdir(tmp_path / "disc", ["B", "2"], None, "A")
    (tmp_path / "disc/B").mkdir()
    for name in ("A", "B/2", "B/3"):
        (tmp_path / "disc" / name).write_text(name)
    assert read(path) == [b"B/2", b"A"]


def test_a_copied_disc_may_have_its_names_in_small_letters(tmp_path: Path) -> None:
    path = dicomdir(tmp_path / "disc", ["IMAGES", "IM1"])
    (tmp_path / "disc/images").mkdir()
    (tmp_path / "disc/images/im1").write_text("x")
    assert read(path) == [b"x"]


def test_a_missing_file_is_counted(tmp_path: Path) -> None:
    assert read(dicomdir(tmp_path / "disc", ["A", "B"], "C")) == [Reason.MISSING] * 2


@pytest.mark.parametrize("file_id", [["..", "secret"], ["A", "..", "..", "secret"], "/etc/passwd", ["", "A"], "C:A"])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, file_id: object) -> None:
    (tmp_path / "secret").write_text("x")
    path = dicomdir(tmp_path / "disc", file_id)
    (tmp_path / "disc/A").mkdir()
    assert read(path) == [Reason.OUTSIDE]


def test_a_link_that_leads_out_is_refused_and_a_loop_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    path = dicomdir(tmp_path / "disc", ["OUT", "SECRET"], "LINK", "LOOP")
    (tmp_path / "disc/OUT").symlink_to(tmp_path)
    (tmp_path / "disc/LINK").symlink_to(tmp_path / "secret")
    (tmp_path / "disc/LOOP").symlink_to(tmp_path / "disc/LOOP")
    found = read(path)
    assert found[:2] == [Reason.OUTSIDE] * 2
    assert found[2] in (Reason.NOT_A_FILE, Reason.UNREADABLE)


@pytest.mark.parametrize("length_is_known", [True, False])
def test_a_dicomdir_that_broke_off_is_bad_input_wherever_it_did(tmp_path: Path, length_is_known: bool) -> None:
    path = dicomdir(tmp_path / "disc", *"ABC")
    made = pydicom.dcmread(path)
    made["DirectoryRecordSequence"].is_undefined_length = not length_is_known
    whole = content(made)
    for length in range(whole.index(b"1.2.840.10008.1.3.10") + 20, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(BadInput, match="DICOMDIR that cannot be read"):
            read(path)


def test_a_damaged_dicomdir_is_bad_input(tmp_path: Path) -> None:
    path = dicomdir(tmp_path / "disc", "A")
    path.write_bytes(path.read_bytes()[:300] + b"\xff" * 300)
    with pytest.raises(BadInput, match="DICOMDIR that cannot be read"):
        read(path)


def test_a_dicomdir_without_records_has_no_files(tmp_path: Path) -> None:
    assert read(dicomdir(tmp_path / "disc")) == []


def test_an_image_is_no_dicomdir(tmp_path: Path) -> None:
    made: Dataset = dataset(ramp())
    (tmp_path / "DICOMDIR").write_bytes(content(made))
    assert read(tmp_path / "DICOMDIR") == [content(made)]
