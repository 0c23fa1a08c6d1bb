"""The sample series is real where it says so, derived where it says so, and the same every time."""

from __future__ import annotations

import filecmp
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from gtctl.demo.sample_scans import SeriesNote, write_series
from gtctl.scans import ledger
from gtctl.scans.skipping import Reason
from tests.scans.runs import run


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SeriesNote]:
    folder = tmp_path_factory.mktemp("series")
    return folder, write_series(folder)


def slices(folder: Path) -> list[pydicom.Dataset]:
    return [pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm")) if path.stem != "broken-off"]


def test_the_note_counts_real_and_derived_slices(series: tuple[Path, SeriesNote]) -> None:
    folder, note = series
    derived = [each for each in slices(folder) if each.ImageType[0] == "DERIVED"]
    assert note.derived == len(derived) >= 20
    assert note.real == len(slices(folder)) - len(derived)
    assert f"{note.real} real" in note.note
    assert f"{note.derived} derived" in note.note


def test_real_slices_are_pydicoms_own_files(series: tuple[Path, SeriesNote]) -> None:
    folder, note = series
    samples = Path(pydicom.__file__).parent / "data/test_files"
    same = [path for path in folder.glob("*.dcm") if (samples / path.name).exists()]
    assert len(same) == note.real
    assert all(filecmp.cmp(path, samples / path.name, shallow=False) for path in same)


def test_derived_slices_say_what_they_are_and_have_their_own_uid(series: tuple[Path, SeriesNote]) -> None:
    folder, _ = series
    assert len({each.SOPInstanceUID for each in slices(folder)}) == len(slices(folder))
    for each in slices(folder):
        assert each.file_meta.MediaStorageSOPInstanceUID == each.SOPInstanceUID
        if each.ImageType[0] == "DERIVED":
            assert each.ImageType[1] == "SECONDARY"
            assert each.DerivationDescription


def test_derived_slices_keep_the_values_of_the_real_one(series: tuple[Path, SeriesNote]) -> None:
    folder, _ = series
    real = pydicom.dcmread(folder / "CT_small.dcm").pixel_array
    for path in folder.glob("CT_small-derived-*.dcm"):
        derived = pydicom.dcmread(path).pixel_array
        assert derived.dtype == real.dtype
        assert real.min() <= derived.min()
        assert derived.max() <= real.max()
        assert abs(float(np.median(derived)) - float(np.median(real))) < 30
        assert (derived != real).any()


def test_the_series_is_the_same_every_time(series: tuple[Path, SeriesNote], tmp_path: Path) -> None:
    folder, _ = series
    write_series(tmp_path)
    names = sorted(path.name for path in folder.iterdir())
    assert filecmp.cmpfiles(folder, tmp_path, names, shallow=False) == (names, [], [])


def test_all_slices_become_images_with_contrast_and_the_rest_is_quarantined(
    series: tuple[Path, SeriesNote], tmp_path: Path
) -> None:
    folder, note = series
    summary = run(folder, tmp_path)
    assert summary.prepared == note.real + note.derived
    assert summary.quarantined_by_reason == {Reason.BROKEN: 1, Reason.NOT_DICOM: 1}
    for name in ledger.by_image(tmp_path / "ledger.jsonl"):
        with Image.open(tmp_path / name) as image:
            assert np.asarray(image).std() > 30
