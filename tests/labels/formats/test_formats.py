"""What the formats promise beside the boxes, and what they refuse."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from gtctl.cli import run
from gtctl.errors import BadInput
from gtctl.labels import formats
from gtctl.labels.dataset import Options
from gtctl.labels.export import export
from tests.labels.rows import failed, labeled, unlabeled, write

BAD_KEYS = ["../a.png", "x/../../a.png", "/etc/a.png", "x//a.png", "a\nb.png", "a\\b.png", "c:/a.png", "x" * 300]


def exported(folder: Path, format_name: str, *rows: dict[str, Any], **options: Any) -> Path:
    """The output of an export."""
    export([write(folder / "m", *rows)], folder / "out", format_name, Options(**options))
    return folder / "out"


def test_every_format_has_a_line_of_help_and_says_what_it_is() -> None:
    assert {"coco", "csv", "cvat", "label-studio", "manifest", "voc", "yolo"} <= set(formats.names())
    for name in formats.names():
        assert formats.summary(name).endswith(".")
        assert formats.load(name).SUFFIX is None or str(formats.load(name).SUFFIX).startswith(".")


def test_the_help_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["labels", "export", "--help"]) == 0
    printed = capsys.readouterr().out
    assert all(f"\n  {name} " in printed for name in formats.names())


def test_csv_has_a_row_for_each_box_and_one_for_an_empty_image(tmp_path: Path) -> None:
    rows = [
        labeled("a.png", (0, 1, 2.5, 3, 4), (1, 5, 6, 7, 8), class_map={"0": 'a "b", c', "1": "결절"}, objects=[{}]),
        labeled("b.png", human_annotated="no"),
    ]
    with exported(tmp_path, "csv", *rows).open(encoding="utf-8", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert [(row["image"], row["label"], row["top"], row["confidence"], row["human"]) for row in found] == [
        ("s3://scans/a.png", 'a "b", c', "2.5", "", "yes"),
        ("s3://scans/a.png", "결절", "6", "", "yes"),
        ("s3://scans/b.png", "", "", "", "no"),
    ]


@pytest.mark.parametrize("label", ["=cmd|' /C calc'!A0", "+1", "-x", "@SUM(A1)"])
def test_csv_refuses_labels_that_a_spreadsheet_would_run(tmp_path: Path, label: str) -> None:
    with pytest.raises(BadInput, match="would run as a formula"):
        exported(tmp_path, "csv", labeled("a.png", (0, 1, 2, 3, 4), class_map={"0": label}))
    assert not (tmp_path / "out").exists()


def test_a_cleaned_manifest_has_labeled_images_only_and_nothing_else_of_the_input(tmp_path: Path) -> None:
    row = labeled("a.png", (4, 1, 2, 3, 4.5)) | {"slice": 7, "patient-metadata": "x"}
    text = exported(tmp_path, "manifest", failed("b.png"), row, unlabeled("c.png")).read_text()
    assert json.loads(text) == labeled("a.png", (4, 1, 2, 3, 4.5))


def test_yolo_names_every_number_and_keeps_class_ids(tmp_path: Path) -> None:
    folder = exported(
        tmp_path, "yolo", labeled("ct/a.png", (2, 0, 0, 64, 48), class_map={"2": "결절"}), labeled("ct/b.png")
    )
    assert yaml.safe_load((folder / "data.yaml").read_text()) == {
        "train": "images.txt",
        "val": "images.txt",
        "names": {0: "0", 1: "1", 2: "결절"},
    }
    assert (folder / "labels" / "a.txt").read_text() == "2 0.0500000000 0.0500000000 0.1000000000 0.1000000000\n"
    assert (folder / "labels" / "b.txt").read_text() == ""
    assert (folder / "images.txt").read_text() == "./images/a.png\n./images/b.png\n"


def test_yolo_labels_lie_where_ultralytics_looks_for_them(tmp_path: Path) -> None:
    """It takes the path of the image, and /labels/ for the last /images/ in it."""
    folder = exported(tmp_path, "yolo", labeled("x/images/a.png"), labeled("y/images/a.png"))
    for line in (folder / "images.txt").read_text().splitlines():
        before, _, after = line.rpartition("/images/")
        assert (folder / before / "labels" / after).with_suffix(".txt").exists()


def test_yolo_refuses_numbers_that_would_need_millions_of_names(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="class 1000000000"):
        exported(tmp_path, "yolo", labeled("a.png", (10**9, 1, 2, 3, 4), class_map={}))


@pytest.mark.parametrize("format_name", ["yolo", "label-studio"])
def test_what_cannot_hold_boxes_beyond_the_image_asks_to_clip(tmp_path: Path, format_name: str) -> None:
    row = labeled("a.png", (0, 630, 2, 30, 4))
    with pytest.raises(BadInput, match=r"beyond the image, which .* cannot hold: give --clip"):
        exported(tmp_path, format_name, row)
    assert exported(tmp_path, format_name, row, clip=True).is_dir()


def test_label_studio_has_annotations_of_people_and_predictions_of_models(tmp_path: Path) -> None:
    rows = [
        labeled("a.png", (0, 64, 48, 32, 24)),
        labeled("b.png", (0, 1, 2, 3, 4), human_annotated="no"),
        labeled("c.png"),
    ]
    first, second, third = json.loads((exported(tmp_path, "label-studio", *rows) / "tasks.json").read_bytes())
    (region,) = first["annotations"][0]["result"]
    assert (first["data"]["image"], region["score"]) == ("s3://scans/a.png", 0.5)
    assert region["value"] == {
        "x": 10.0,
        "y": 10.0,
        "width": 5.0,
        "height": 5.0,
        "rotation": 0,
        "rectanglelabels": ["class 0"],
    }
    assert "annotations" not in second and len(second["predictions"][0]["result"]) == 1
    assert third["annotations"] == [{"result": []}]


def test_cvat_tells_what_a_model_labeled(tmp_path: Path) -> None:
    rows = [labeled("a.png", (0, 1, 2, 3, 4)), labeled("b.png", (0, 1, 2, 3, 4), human_annotated="no")]
    text = (exported(tmp_path, "cvat", *rows) / "annotations.xml").read_text()
    assert (text.count('source="manual"'), text.count('source="auto"')) == (1, 1)


@pytest.mark.parametrize("format_name", ["voc", "cvat", "label-studio"])
def test_xml_refuses_labels_that_it_cannot_hold(tmp_path: Path, format_name: str) -> None:
    with pytest.raises(BadInput, match=r"U\+0001, which XML cannot"):
        exported(tmp_path, format_name, labeled("a.png", (0, 1, 2, 3, 4), class_map={"0": "a\x01b"}))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m"]


@pytest.mark.parametrize("format_name", ["voc", "yolo"])
@pytest.mark.parametrize("key", BAD_KEYS)
def test_an_image_never_leads_out_of_the_folder(tmp_path: Path, format_name: str, key: str) -> None:
    with pytest.raises(BadInput, match="cannot be a file of this name"):
        exported(tmp_path, format_name, labeled("other.png"), labeled(key))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m"]


@pytest.mark.parametrize("format_name", ["voc", "yolo"])
def test_two_images_that_would_share_a_file_are_refused(tmp_path: Path, format_name: str) -> None:
    with pytest.raises(BadInput, match="two images would share the file 'a"):
        exported(tmp_path, format_name, labeled("a.png"), labeled("a.jpg"))


@pytest.mark.parametrize("format_name", ["voc", "yolo", "cvat", "label-studio"])
def test_a_folder_that_is_there_is_not_touched(tmp_path: Path, format_name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(BadInput, match="is there already"):
        exported(tmp_path, format_name, labeled("a.png"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


def test_a_file_does_not_take_the_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(BadInput, match="is a folder"):
        exported(tmp_path, "coco", labeled("a.png"))


def test_verifications_comments_and_job_names_stay_behind(tmp_path: Path) -> None:
    from tests.labels.rows import verified

    row = labeled("a.png", (0, 1, 2, 3, 4)) | verified("good")
    for format_name in formats.names():
        if format_name == "dicom-sr":
            continue
        target = tmp_path / format_name
        export([write(tmp_path / "m", row)], target, format_name, Options(accept=("good",)))
        files = [target] if target.is_file() else [path for path in target.rglob("*") if path.is_file()]
        assert files
        assert not any("too wide" in path.read_text() for path in files)
