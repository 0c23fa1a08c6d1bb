"""COCO files that other readers of COCO and of Ground Truth agree with."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pycocotools.coco import COCO

from gtctl.cli import run
from gtctl.errors import BadInput
from gtctl.labels.dataset import Counts
from gtctl.labels.export import export as export_labels
from tests.labels.rows import failed, labeled, manifests, unlabeled, write

PANLABEL = Path(sys.executable).parent / "panlabel"


def export(manifest: str, output: Path) -> Counts:
    """The counts of an export as COCO."""
    return export_labels([manifest], output, "coco")[0]


def exported(folder: Path, *rows: dict[str, Any]) -> dict[str, Any]:
    """The COCO file of an output manifest."""
    export(write(folder / "output.manifest", *rows), folder / "coco.json")
    document: dict[str, Any] = json.loads((folder / "coco.json").read_bytes())
    return document


Boxes = dict[str, list[tuple[str, tuple[float, ...], float | None]]]


def by_image(coco: dict[str, Any]) -> Boxes:
    """The boxes of each image as (label, x, y, width, height, score), to compare files with other ids."""
    names = {category["id"]: category["name"] for category in coco["categories"]}
    files = {image["id"]: (image["file_name"], image["width"], image["height"]) for image in coco["images"]}
    found: Boxes = {str(file): [] for file in files.values()}
    for box in coco["annotations"]:
        rounded = tuple(round(value, 4) for value in box["bbox"])
        found[str(files[box["image_id"]])].append((names[box["category_id"]], rounded, box.get("score")))
    return {name: sorted(boxes, key=str) for name, boxes in found.items()}


def of_panlabel(manifest: Path) -> dict[str, Any]:
    """The same manifest read, and written as COCO, by panlabel."""
    output = manifest.with_suffix(".panlabel.json")
    command: list[str | Path] = [
        PANLABEL,
        "convert",
        "--from",
        "sagemaker",
        "--to",
        "coco",
        "--allow-lossy",
        "--no-validate",
    ]
    subprocess.run([*command, "--input", manifest, "--output", output], check=True, capture_output=True)
    document: dict[str, Any] = json.loads(output.read_bytes())
    return document


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(manifests())
def test_panlabel_agrees_box_by_box(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    folder = tmp_path_factory.mktemp("labels")
    ours = exported(folder, *rows)
    assert by_image(ours) == by_image(of_panlabel(folder / "output.manifest"))


@settings(max_examples=25, deadline=None)
@given(manifests())
def test_pycocotools_loads_every_image_and_box(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("labels")
    document = exported(folder, *rows)
    coco = COCO(str(folder / "coco.json"))
    assert len(coco.getImgIds()) == len(rows)
    assert sorted(coco.getAnnIds()) == list(range(1, len(document["annotations"]) + 1))
    for number, row in enumerate(rows, start=1):
        boxes = coco.loadAnns(coco.getAnnIds(imgIds=[number]))
        expected = [[each[side] for side in ("left", "top", "width", "height")] for each in row["boxes"]["annotations"]]
        assert [box["bbox"] for box in boxes] == expected
        assert all(coco.cats[box["category_id"]]["id"] == box["category_id"] for box in boxes)


def test_pycocotools_finds_perfect_agreement_of_the_labels_with_themselves(tmp_path: Path) -> None:
    from pycocotools.cocoeval import COCOeval

    document = exported(tmp_path, labeled("a.png", (0, 10, 10, 90, 90), (2, 200, 50, 40, 80)), labeled("b.png"))
    truth = COCO(str(tmp_path / "coco.json"))
    evaluation = COCOeval(truth, truth.loadRes(document["annotations"]), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1)


def test_the_document_is_as_documented(tmp_path: Path) -> None:
    document = exported(tmp_path, unlabeled("x.png"), labeled("deep/ü.png", (3, 1, 2, 30, 40.5)))
    assert document["images"] == [
        {"id": 2, "file_name": "deep/ü.png", "width": 640, "height": 480, "source_ref": "s3://scans/deep/ü.png"}
    ]
    assert document["annotations"] == [
        {
            "id": 1,
            "image_id": 2,
            "category_id": 4,
            "bbox": [1, 2, 30, 40.5],
            "area": 1215.0,
            "iscrowd": 0,
            "segmentation": [],
            "score": 0.5,
        }
    ]
    assert document["categories"] == [{"id": 4, "name": "class 3", "supercategory": ""}]
    assert set(document) == {"info", "licenses", "images", "annotations", "categories"}


def test_every_row_is_counted(tmp_path: Path) -> None:
    manifest = write(
        tmp_path / "output.manifest",
        labeled("a.png", (0, 1, 2, 3, 4), (1, 1, 2, 3, 4)),
        labeled("b.png"),
        failed("c.png"),
        failed("d.png"),
        *[unlabeled(f"{number}.png") for number in range(3)],
    )
    assert export(manifest, tmp_path / "coco.json") == Counts(
        read=7, exported=2, empty=1, failed=2, unlabeled=3, boxes=2
    )
    document = json.loads((tmp_path / "coco.json").read_bytes())
    assert [image["id"] for image in document["images"]] == [1, 2]


def test_failed_images_alone_give_an_empty_but_valid_file(tmp_path: Path) -> None:
    exported(tmp_path, failed("a.png"))
    assert COCO(str(tmp_path / "coco.json")).getImgIds() == []


def test_a_class_without_a_name_takes_one_from_another_row_else_its_number(tmp_path: Path) -> None:
    rows = [
        labeled("a.png", (7, 1, 2, 3, 4), (9, 1, 2, 3, 4), class_map={}),
        labeled("b.png", (7, 1, 2, 3, 4), class_map={"7": "결절"}),
    ]
    assert [category["name"] for category in exported(tmp_path, *rows)["categories"]] == ["결절", "9"]
    assert export(str(tmp_path / "output.manifest"), tmp_path / "coco.json").unnamed_classes == 1


def test_a_class_with_two_names_is_bad_input_and_the_old_file_stays(tmp_path: Path) -> None:
    (tmp_path / "coco.json").write_text("old")
    rows = [labeled("a.png", class_map={"0": "nodule"}), labeled("b.png", class_map={"0": "mass"})]
    with pytest.raises(BadInput, match=r"output\.manifest:2: class 0 has another name"):
        exported(tmp_path, *rows)
    assert (tmp_path / "coco.json").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["coco.json", "output.manifest"]


@pytest.mark.parametrize("uri", ["image.png", "s3://bucket", "https://host/a.png", ""])
def test_an_image_outside_of_s3_is_bad_input(tmp_path: Path, uri: str) -> None:
    with pytest.raises(BadInput, match=r'output\.manifest:1: "source-ref" is no S3 URI'):
        exported(tmp_path, labeled("a.png") | {"source-ref": uri})


def test_a_manifest_is_never_held_in_memory(tmp_path: Path) -> None:
    line = json.dumps(labeled("a.png", *[(number, 1, 2, 3, 4) for number in range(5)])) + "\n"
    peaks = []
    for repeats in (800, 3200):
        manifest = tmp_path / f"{repeats}.manifest"
        manifest.write_text("".join(line.replace("a.png", f"{number}.png") for number in range(repeats)))
        tracemalloc.start()
        export(str(manifest), tmp_path / "coco.json")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.3 + 100_000


def test_the_command_prints_the_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = write(tmp_path / "output.manifest", labeled("a.png", (0, 1, 2, 3, 4)), failed("b.png"), unlabeled("c"))
    command = ["labels", "export", "--format", "coco", manifest, str(tmp_path / "coco.json")]
    assert run(command) == 0
    printed = capsys.readouterr().out
    for line in ("3 rows read", "1 images exported, with 1 boxes", "0 of them empty", "1 left out: labeling failed"):
        assert line in printed
    assert run([*command, "--json"]) == 0
    printed_counts = json.loads(capsys.readouterr().out)
    assert {name: value for name, value in printed_counts.items() if value} == {
        "schema_version": 1,
        "format": "coco",
        "read": 3,
        "exported": 1,
        "failed": 1,
        "unlabeled": 1,
        "boxes": 1,
    }


def test_the_command_takes_the_attribute(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = labeled("a.png", (0, 1, 2, 3, 4)) | labeled("a.png", attribute="adjusted")
    manifest = write(tmp_path / "output.manifest", row)
    command = ["labels", "export", "--format", "coco", manifest, str(tmp_path / "coco.json")]
    assert run(command) == 2
    assert "--attribute: adjusted, boxes" in capsys.readouterr().err
    assert run([*command, "--attribute", "adjusted"]) == 0


def test_export_and_manifest_commands_need_no_imaging_library() -> None:
    script = (
        "import sys, gtctl.labels.export, gtctl.labels.formats.coco, gtctl.labels.prelabel,"
        " gtctl.manifests.build, gtctl.manifests.validate, gtctl.cli.labels,"
        " gtctl.cli.manifest; print({'numpy', 'PIL', 'pydicom', 'boto3'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
