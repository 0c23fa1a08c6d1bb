"""Other tools read every format, and find each box where the manifest has it."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings

from gtctl.labels.dataset import Options
from gtctl.labels.export import export
from tests.labels.formats import readers
from tests.labels.rows import failed, labeled, manifests, unlabeled, write

PANLABEL = Path(sys.executable).parent / "panlabel"
OWN_ENVIRONMENT = Path(sys.prefix).parent / ".venv-readers" / "bin" / "python"

Boxes = dict[str, list[tuple[str, tuple[float, ...]]]]

# As jobs write them: all forms of rows and boxes, labels in several scripts, an image with a space in its name.
# datumaro rounds to hundredths of a pixel.
NAMES = {"0": "nodule", "3": "결절 & <mass> \"quoted\" 'x'", "4": "élargi"}
REAL_WORLD = [
    labeled("ct/images/a.png", (0, 1, 2, 30, 40.5), (3, 100, 100, 20, 20), size=(640, 480), class_map=NAMES),
    labeled("ct/images/empty.png", class_map={}, objects=[]),
    failed("ct/images/failed.png"),
    unlabeled("ct/images/left.png"),
    labeled("ct/images/ü c.png", (3, 0, 0, 512, 512), size=(512, 512), human_annotated="no", class_map=NAMES),
    labeled("ct/images/edge.png", (4, -3.25, 10, 20, 20), (4, 60, 90, 30, 30), size=(64, 100), class_map=NAMES),
    labeled("ct/images/tiny.png", (0, 3999, 0, 0.25, 0.5), size=(4000, 3), class_map={"0": "nodule"}, objects=None),
]


def stem(name: str) -> str:
    """An image's name without folders and suffix: tools differ in these."""
    return PurePosixPath(name).stem


def expected(rows: list[dict[str, Any]]) -> Boxes:
    """The boxes of the labeled rows, cut at the edge, by hand."""
    names = {
        number: name for row in rows for number, name in row.get("boxes-metadata", {}).get("class-map", {}).items()
    }
    found: Boxes = {}
    for row in rows:
        if "boxes" not in row:
            continue
        size = row["boxes"]["image_size"][0]
        boxes = found[stem(row["source-ref"])] = []
        for box in row["boxes"]["annotations"]:
            left, top = max(box["left"], 0), max(box["top"], 0)
            right = min(box["left"] + box["width"], size["width"])
            bottom = min(box["top"] + box["height"], size["height"])
            seen = (
                right >= left
                and bottom >= top
                and (right > left or not box["width"])
                and (bottom > top or not box["height"])
            )
            if seen:
                boxes.append((names[str(box["class_id"])], (left, top, right - left, bottom - top)))
    return rounded({name: [[label, *box] for label, box in boxes] for name, boxes in found.items()})


def rounded(found: dict[str, list[Any]]) -> Boxes:
    """Boxes to compare: to a thousandth of a pixel, in one order."""
    return {
        stem(name): sorted((label, tuple(round(float(value), 3) + 0.0 for value in box)) for label, *box in boxes)
        for name, boxes in found.items()
    }


def with_images(folder: Path, below: str, rows: list[dict[str, Any]]) -> None:
    """Put a picture for each labeled row below a folder; of each no more than its header."""
    for row in rows:
        if "boxes" in row:
            size = row["boxes"]["image_size"][0]
            header = b"IHDR" + struct.pack(">IIBBBBB", size["width"], size["height"], 8, 0, 0, 0, 0)
            path = folder / below / row["source-ref"].rpartition("/")[2]
            path.parent.mkdir(parents=True, exist_ok=True)
            end = b"IEND"
            path.write_bytes(
                b"\x89PNG\r\n\x1a\n"
                + struct.pack(">I", 13)
                + header
                + struct.pack(">I", zlib.crc32(header))
                + struct.pack(">I", 0)
                + end
                + struct.pack(">I", zlib.crc32(end))
            )


def of_panlabel(place: Path, format_name: str) -> Boxes:
    """What panlabel reads."""
    output = place.parent / f"{place.name}.panlabel.json"
    command: list[str | Path] = [PANLABEL, "convert", "--from", format_name, "--to", "coco", "--allow-lossy"]
    command += ["--no-validate", "--input", place, "--output", output]
    subprocess.run(command, check=True, capture_output=True)
    coco = json.loads(output.read_bytes())
    names = {each["id"]: each["name"] for each in coco["categories"]}
    files = {each["id"]: each["file_name"] for each in coco["images"]}
    found: dict[str, list[Any]] = {name: [] for name in files.values()}
    for each in coco["annotations"]:
        found[files[each["image_id"]]].append([names[each["category_id"]], *each["bbox"]])
    return rounded(found)


PLACES: dict[str, Callable[[Path], Path]] = {
    "coco": lambda folder: folder,
    "voc": lambda folder: folder,
    "yolo": lambda folder: folder,
    "cvat": lambda folder: folder / "annotations.xml",
    "label-studio": lambda folder: folder / "tasks.json",
    "sagemaker": lambda folder: folder,
}


@pytest.mark.parametrize("format_name", ["voc", "yolo", "cvat", "label-studio", "manifest"])
def test_panlabel_finds_every_box(tmp_path_factory: pytest.TempPathFactory, format_name: str) -> None:
    @settings(max_examples=20, deadline=None)
    @given(manifests())
    def check(rows: list[dict[str, Any]]) -> None:
        folder = tmp_path_factory.mktemp("labels")
        output = folder / "out"
        options = Options(clip=True)
        if format_name == "yolo":
            # Undivided, panlabel reads the same images for training and for validation.
            with_images(output, "images", rows)
            target = folder / "exported"
            export([write(folder / "m", *rows)], target, format_name, options)
            (output / "images").rename(target / "images")
            (target / "data.yaml").write_text((target / "data.yaml").read_text().replace("val: images.txt\n", ""))
            output = target
        else:
            export([write(folder / "m", *rows)], output, format_name, options)
        read_as = "sagemaker" if format_name == "manifest" else format_name
        assert of_panlabel(PLACES[read_as](output), read_as) == expected(rows)

    check()


@pytest.fixture(scope="module")
def read_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Boxes]:
    """What datumaro and Label Studio's SDK read of the real-world rows, by format."""
    if not OWN_ENVIRONMENT.exists():
        reason = "no .venv-readers: bash scripts/test-tools makes it"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("labels")
    manifest = write(folder / "output.manifest", *REAL_WORLD)
    for format_name in readers.READERS:
        target = folder / format_name
        if format_name == "coco":
            export([manifest], target / "annotations" / "instances_train.json", format_name, Options(clip=True))
        else:
            export([manifest], target, format_name, Options(clip=True))
    with_images(folder / "coco", "images/train/ct/images", REAL_WORLD)
    with_images(folder / "voc", "JPEGImages", REAL_WORLD)
    with_images(folder / "yolo", "images", REAL_WORLD)
    with_images(folder / "cvat", "images/ct/images", REAL_WORLD)
    command: list[str | Path] = [OWN_ENVIRONMENT, readers.__file__, *[folder / name for name in readers.READERS]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(zip(readers.READERS, [rounded(json.loads(line)) for line in done.stdout.splitlines()], strict=True))


@pytest.mark.parametrize("format_name", list(readers.READERS))
def test_the_tools_own_readers_find_every_box(read_elsewhere: dict[str, Boxes], format_name: str) -> None:
    assert read_elsewhere[format_name] == expected(REAL_WORLD)
