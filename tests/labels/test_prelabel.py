"""COCO to a manifest for adjustment jobs, and back: nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.cli import run
from gtctl.errors import BadInput
from gtctl.labels.export import export
from gtctl.labels.output_manifest import Labeled, read
from gtctl.labels.prelabel import prelabel
from gtctl.manifests.validate import problems
from tests.labels.rows import manifests, write

_lengths = st.integers(0, 5000) | st.floats(0, 5000, allow_nan=False)
_names = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), min_size=1, max_size=5, unique=True)


@st.composite
def coco_files(draw: st.DrawFn) -> dict[str, Any]:
    """COCO as other tools write it: ids with gaps, in any order, categories without a box."""
    names = draw(_names)
    ids = draw(st.lists(st.integers(1, 90), min_size=len(names), max_size=len(names), unique=True))
    images = [
        {"id": number, "file_name": f"deep/ü {number}.png", "width": draw(st.integers(1, 9000)), "height": 7}
        for number in draw(st.lists(st.integers(0, 10**6), min_size=1, max_size=4, unique=True))
    ]
    boxes = draw(
        st.lists(
            st.tuples(
                st.sampled_from(images), st.sampled_from(ids), st.tuples(*[_lengths] * 4), st.none() | st.floats(0, 1)
            ),
            max_size=8,
        )
    )
    annotations = [
        {"id": number, "image_id": image["id"], "category_id": category, "bbox": list(sides)}
        | ({} if score is None else {"score": score})
        for number, (image, category, sides, score) in enumerate(boxes)
    ]
    categories = [{"id": number, "name": name} for number, name in zip(ids, names, strict=True)]
    return {"images": images, "annotations": annotations, "categories": categories}


def content(coco: dict[str, Any]) -> tuple[Any, ...]:
    """What COCO says, whatever ids its images have: categories by id, and sizes and boxes of each image in order."""
    images = {
        each["file_name"].rpartition("/")[2]: (
            each["width"],
            each["height"],
            [
                (box["category_id"], tuple(box["bbox"]), box.get("score"))
                for box in coco["annotations"]
                if box["image_id"] == each["id"]
            ],
        )
        for each in coco["images"]
    }
    return {each["id"]: each["name"] for each in coco["categories"]}, images


@settings(max_examples=60, deadline=None)
@given(coco_files())
def test_coco_to_a_manifest_and_back_loses_nothing(
    tmp_path_factory: pytest.TempPathFactory, coco: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("labels")
    (folder / "coco.json").write_text(json.dumps(coco))
    written = prelabel(folder / "coco.json", str(folder / "m"), "boxes", images="s3://scans/ct/")
    export([str(folder / "m")], folder / "back.json", "coco")
    assert content(json.loads((folder / "back.json").read_bytes())) == content(coco)
    assert (written.images, written.boxes) == (len(coco["images"]), len(coco["annotations"]))
    with (folder / "m").open("rb") as stream:
        assert not [each for each in problems(stream) if "too long" in each.message]


@settings(max_examples=30, deadline=None)
@given(manifests())
def test_our_own_coco_comes_back_the_same(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    folder = tmp_path_factory.mktemp("labels")
    export([write(folder / "output.manifest", *rows)], folder / "first.json", "coco")
    prelabel(folder / "first.json", str(folder / "m"), "again")
    export([str(folder / "m")], folder / "second.json", "coco")
    assert (folder / "second.json").read_bytes() == (folder / "first.json").read_bytes()


@settings(max_examples=30, deadline=None)
@given(manifests())
def test_a_cleaned_manifest_says_the_same_as_its_source(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("labels")
    manifest = write(folder / "output.manifest", *rows)
    export([manifest], folder / "clean.manifest", "manifest")
    for name, source in (("first", manifest), ("second", str(folder / "clean.manifest"))):
        export([source], folder / f"{name}.json", "coco")
    assert (folder / "second.json").read_bytes() == (folder / "first.json").read_bytes()


def one(folder: Path, **changes: Any) -> Path:
    """A COCO file of one image with one box; ``changes`` replace parts of it."""
    document = {
        "images": [{"id": 4, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [{"id": 1, "image_id": 4, "category_id": 2, "bbox": [1, 2, 3, 4]}],
        "categories": [{"id": 2, "name": "nodule"}],
    }
    (folder / "coco.json").write_text(json.dumps(document | changes))
    return folder / "coco.json"


def test_a_row_is_as_a_labeling_job_writes_it(tmp_path: Path) -> None:
    prelabel(one(tmp_path), str(tmp_path / "m"), "model", images="s3://scans")
    (row,) = read(str(tmp_path / "m"))
    assert isinstance(row, Labeled)
    assert (row.source_ref, row.human, row.class_names) == ("s3://scans/a.png", False, {1: "nodule"})
    assert set(json.loads((tmp_path / "m").read_bytes())) == {"source-ref", "model", "model-metadata"}


def test_a_category_0_is_class_0(tmp_path: Path) -> None:
    coco = one(
        tmp_path,
        categories=[{"id": 0, "name": "nodule"}],
        annotations=[{"image_id": 4, "category_id": 0, "bbox": [1, 2, 3, 4]}],
    )
    assert prelabel(coco, str(tmp_path / "m"), "boxes", images="s3://scans/").labels == ["nodule"]
    (row,) = read(str(tmp_path / "m"))
    assert isinstance(row, Labeled) and row.boxes[0].class_id == 0


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"images": []}, "there is no image"),
        ({"images": [{"id": 4, "file_name": "a", "width": 0, "height": 1}]}, "not a COCO file of boxes"),
        ({"images": [{"id": 4, "file_name": "a", "width": 1, "height": 1}] * 2}, "stands twice"),
        ({"categories": [{"id": 2, "name": "x"}, {"id": 3, "name": "x"}]}, "the same name"),
        ({"categories": [{"id": 1, "name": "x"}]}, "the category 2, which is not there"),
        ({"categories": [{"id": 2, "name": "x"}, {"id": -1, "name": "y"}]}, "negative"),
        ({"annotations": [{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]}]}, "the image 1, which is not there"),
        ({"annotations": [{"image_id": 4, "category_id": 2, "bbox": [1, 2, -3, 4]}]}, "not a COCO file of boxes"),
        ({"annotations": [{"image_id": 4, "category_id": 2, "bbox": [1, 2, 3, 4]}] * 600}, "more boxes or labels than"),
        ({}, "image 4 has no source_ref"),
    ],
)
def test_what_makes_no_sense_is_bad_input_and_nothing_is_written(
    tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    images = "s3://scans/" if changes else None
    with pytest.raises(BadInput, match=complaint):
        prelabel(one(tmp_path, **changes), str(tmp_path / "m"), "boxes", images=images)
    assert [path.name for path in tmp_path.iterdir()] == ["coco.json"]


@given(st.binary(max_size=60))
def test_any_bytes_are_no_coco_file(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("labels") / "coco.json"
    path.write_bytes(junk)
    with pytest.raises(BadInput, match=r"coco\.json"):
        prelabel(path, str(path.parent / "m"), "boxes")


def test_the_command_tells_labels_and_what_only_a_box_is_left_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outline = {"image_id": 4, "category_id": 2, "bbox": [1, 2, 3, 4], "segmentation": [[1, 2, 4, 2, 4, 6]]}
    command = ["labels", "prelabel", str(one(tmp_path, annotations=[outline])), str(tmp_path / "m")]
    assert run(command) == 2
    assert "--images s3://" in capsys.readouterr().err
    assert run([*command, "--images", "s3://scans/ct/"]) == 0
    said = capsys.readouterr()
    assert "1 images with 1 boxes" in said.out and "labels: nodule" in said.out
    assert "of 1 outlines and crowds only the box was kept" in said.err
