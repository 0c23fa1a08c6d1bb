"""DICOM SR: reports that highdicom, pydicom and dciodvfy read, with boxes where they were drawn and nobody's name."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread

from gtctl.cli import run
from gtctl.errors import BadInput
from gtctl.labels.export import export
from gtctl.labels.output_manifest import Box
from gtctl.labels.structured_reports import OBSERVER, SCHEME, _in_image, _in_patient, code_of
from gtctl.scans import ledger
from gtctl.scans.ledger import Entry, Geometry
from gtctl.scans.prepare import How, prepare
from tests.labels.rows import labeled, write
from tests.scans import runs

GEOMETRY = {
    "FrameOfReferenceUID": "1.2.9.2",
    "ImageOrientationPatient": [1, 0, 0, 0, 0.8, 0.6],
    "PixelSpacing": [0.5, 0.7],
    "SliceThickness": 5,
}
BOXES: list[tuple[float, ...]] = [(0, 1, 2, 3, 4), (1, 0, 0, 16, 2.5)]


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four prepared CT images of 16 x 16 pixels: three of a series, the last one of another that tells no geometry."""
    folder = tmp_path_factory.mktemp("scans")
    for number in range(4):
        placed = GEOMETRY | {"ImagePositionPatient": [-100, -120, 5 * number]} if number < 3 else {}
        series = {"StudyInstanceUID": "1.2.9", "SeriesInstanceUID": f"1.2.9.{number // 3 + 1}", "PatientID": "4711"}
        runs.write(folder / f"source/{number}.dcm", number, PatientName="Doe^Jane", **series, **placed)
    prepare(str(folder / "source"), str(folder / "out"), replace(runs.settings(), with_dicom=True), How())
    return folder / "out"


def entries(scans: Path) -> list[Entry]:
    """The lines of the ledger, in the order of the files."""
    return list(ledger.entries(scans / "ledger.jsonl"))


def rows(scans: Path, *boxes: list[tuple[float, ...]], label: str = "결절") -> list[dict[str, Any]]:
    """Labeled rows for the images."""
    made = []
    for entry, drawn in zip(entries(scans), boxes, strict=False):
        made.append(labeled(f"ct/{entry.image}", *drawn, class_map={"0": "nodule", "1": label}))
        made[-1]["boxes"]["image_size"] = [{"width": entry.width, "height": entry.height, "depth": 1}]
    return made


def exported(scans: Path, folder: Path, *boxes: list[tuple[float, ...]], **options: Any) -> dict[str, list[Any]]:
    """The reports by kind."""
    manifest = write(folder / "m", *rows(scans, *boxes))
    export([manifest], folder / "sr", "dicom-sr", ledgers=[str(scans / "ledger.jsonl")], **options)
    return {
        kind: [highdicom.sr.srread(path) for path in sorted((folder / "sr" / kind).glob("*.dcm"))]
        for kind in ("image", "patient")
    }


def regions(report: Any) -> list[tuple[str, np.ndarray]]:
    """Name of the finding and coordinates of each region."""
    return [
        (group.finding_type.meaning, group.roi.value) for group in report.content.get_planar_roi_measurement_groups()
    ]


def test_a_series_has_a_report_in_pixels_and_one_in_the_patient(scans: Path, tmp_path: Path) -> None:
    found = exported(scans, tmp_path, BOXES, [], BOXES[:1], BOXES[:1])
    assert sorted(len(regions(report)) for report in found["image"]) == [1, 3]
    # Where nothing tells how the image lies, there is no report in the patient.
    assert [len(regions(report)) for report in found["patient"]] == [3]
    (report,) = [each for each in found["image"] if len(regions(each)) == 3]
    (corners,) = [region for name, region in regions(report) if name == "결절"]
    assert corners.tolist() == [[0, 0], [16, 0], [16, 2.5], [0, 2.5], [0, 0]]
    # First corner: the image's position, half a pixel back along the row and the column.
    expected = np.array([-100, -120, 0]) - 0.35 * np.array([1, 0, 0]) - 0.25 * np.array([0, 0.8, 0.6])
    (corners,) = [region for name, region in regions(found["patient"][0]) if name == "결절"]
    assert corners[0] == pytest.approx(expected, abs=1e-4)
    # The image without a box is told of, too.
    assert any(b"Labeled, nothing boxed" in content for content in runs.files(tmp_path / "sr").values())


def test_reports_refer_to_the_deidentified_objects_and_name_nobody(scans: Path, tmp_path: Path) -> None:
    found = exported(scans, tmp_path, BOXES, BOXES)
    objects = {str(dcmread(path).SOPInstanceUID) for path in (scans / "dicom").glob("*.dcm")}
    for report in (*found["image"], *found["patient"]):
        used = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
        assert {str(each.ReferencedSOPInstanceUID) for each in used.ReferencedSOPSequence} <= objects
        assert report.PatientID == entries(scans)[0].patient and report.StudyInstanceUID == entries(scans)[0].study
    for content in runs.files(tmp_path / "sr").values():
        assert OBSERVER.encode() in content and b"Person Observer" not in content
        assert not any(word in content for word in (b"4711", b"Doe", b"Jane", b"1.2.9"))


def test_the_same_labels_give_the_same_bytes_and_others_another_report(scans: Path, tmp_path: Path) -> None:
    files = []
    for number, boxes in enumerate((BOXES, BOXES, BOXES[:1])):
        (tmp_path / str(number)).mkdir()
        exported(scans, tmp_path / str(number), boxes)
        files.append(runs.files(tmp_path / str(number) / "sr"))
    assert files[0] == files[1] and not files[0].keys() & files[2].keys()


def test_labels_are_codes_of_our_own_unless_a_file_maps_them(scans: Path, tmp_path: Path) -> None:
    codes = tmp_path / "codes.yaml"
    codes.write_text('nodule: {value: "27925004", scheme: SCT, meaning: Nodule}\n')
    found = exported(scans, tmp_path, BOXES, codes=codes)["image"][0]
    first, second = (group.finding_type for group in found.content.get_planar_roi_measurement_groups())
    assert (first.value, first.scheme_designator, first.meaning) == ("27925004", "SCT", "Nodule")
    assert (second.value, second.scheme_designator, second.meaning) == (code_of("결절").value, SCHEME, "결절")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nodule: 3", "not codes of labels"),
        ("[", "not codes of labels"),
        ("nodule: {value: x, scheme: SCT, meaning: m, more: 1}", "not codes of labels"),
        ("nodule: {value: '12345678901234567', scheme: SCT, meaning: m}", "no code of DICOM"),
    ],
)
def test_a_wrong_file_of_codes_is_told_in_a_line(scans: Path, tmp_path: Path, content: str, message: str) -> None:
    codes = tmp_path / "codes.yaml"
    codes.write_text(content)
    with pytest.raises(BadInput, match=message) as caught:
        exported(scans, tmp_path, BOXES, codes=codes)
    assert "\n" not in str(caught.value) and not (tmp_path / "sr").exists()


@pytest.mark.parametrize("label", ["x" * 65, "back\\slash"])
def test_a_label_that_is_no_meaning_of_a_code_is_refused(scans: Path, tmp_path: Path, label: str) -> None:
    manifest = write(tmp_path / "m", *rows(scans, BOXES, label=label))
    with pytest.raises(BadInput, match="--codes"):
        export([manifest], tmp_path / "sr", "dicom-sr", ledgers=[str(scans / "ledger.jsonl")])


def test_what_is_missing_is_told_in_a_line(scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = write(tmp_path / "m", *rows(scans, BOXES))
    elsewhere = tmp_path / "elsewhere" / "ledger.jsonl"
    elsewhere.parent.mkdir()
    shutil.copy(scans / "ledger.jsonl", elsewhere)
    without = tmp_path / "without.jsonl"
    first = entries(scans)[0]
    without.write_bytes(ledger.lines([replace_struct(first, dicom=None)]))
    other_size = tmp_path / "size.jsonl"
    other_size.write_bytes(ledger.lines([replace_struct(first, width=17)]))
    changed = tmp_path / "changed"
    shutil.copytree(scans, changed)
    for path in (changed / "dicom").glob("*.dcm"):
        path.write_bytes(path.read_bytes() + b"\0")
    for options, message in (
        ([], "needs --ledger"),
        (["--ledger", str(elsewhere)], "there is no file"),
        (["--ledger", str(without)], "--with-dicom"),
        (["--ledger", str(other_size)], "labels of another image"),
        (["--ledger", str(changed / "ledger.jsonl")], "not the object that the ledger names"),
        (["--ledger", str(elsewhere), "--dicom-objects", "a", "--dicom-objects", "b"], "give one for each"),
    ):
        target = tmp_path / "sr"
        assert run(["labels", "export", "--format", "dicom-sr", manifest, str(target), *options]) == 2
        told = capsys.readouterr().err
        assert message in told and told.count("\n") == 1 and not target.exists()
    options = ["--ledger", str(elsewhere), "--dicom-objects", str(scans / "dicom")]
    assert run(["labels", "export", "--format", "dicom-sr", manifest, str(tmp_path / "sr"), *options]) == 0


def replace_struct(entry: Entry, **changes: Any) -> Entry:
    """A line of the ledger with other values."""
    import msgspec

    return msgspec.structs.replace(entry, **changes)


def test_dciodvfy_finds_no_error(scans: Path, tmp_path: Path) -> None:
    program = shutil.which("dciodvfy")
    if program is None:
        reason = "no dciodvfy found: bash scripts/test-tools installs it where this is root on Debian"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(reason)
        pytest.skip(reason)
    exported(scans, tmp_path, BOXES, [], BOXES)
    for path in (tmp_path / "sr").rglob("*.dcm"):
        told = subprocess.run([program, "-new", str(path)], capture_output=True, text=True, check=False).stderr
        assert "Error" not in told, told


_numbers = st.floats(0, 4000, allow_nan=False, width=32)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(_numbers, _numbers, st.floats(0.5, 4000, width=32), st.floats(0.5, 4000, width=32)),
    st.floats(0.1, 4),
    st.floats(-1, 1),
)
def test_regions_come_back_as_the_boxes_within_half_a_pixel(
    scans: Path, drawn: tuple[float, float, float, float], spacing: float, tilt: float
) -> None:
    box = Box(0, *drawn)
    expected = (box.left, box.top, box.left + box.width, box.top + box.height)
    source = dcmread(next((scans / "dicom").glob("*.dcm")), stop_before_pixels=True)
    flat = _in_image(box, source, None).value
    assert (*flat.min(axis=0), *flat.max(axis=0)) == pytest.approx(expected, abs=0.5)
    column = (0.0, float(np.sqrt(1 - tilt**2)), tilt)
    where = Geometry(
        frame_of_reference="1.2.3",
        position=(-250.0, -250.0, 30.0),
        orientation=(1.0, 0.0, 0.0, *column),
        spacing=(spacing, spacing / 2),
        slice_thickness=1.0,
    )
    placed = _in_patient(box, replace_struct(entries(scans)[0], geometry=where)).value
    # Back by hand: along the row and the column, from the centre of the first pixel.
    back = np.stack(
        [
            (placed - where.position) @ np.array([1.0, 0.0, 0.0]) / (spacing / 2) + 0.5,
            (placed - where.position) @ np.array(column) / spacing + 0.5,
        ],
        axis=1,
    )
    assert (*back.min(axis=0), *back.max(axis=0)) == pytest.approx(expected, abs=0.5)
