"""The contact sheet shows each scan with its boxes in the colour of their label."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageColor

from gtctl.demo import contact_sheet
from gtctl.demo.contact_sheet import write_contact_sheet
from gtctl.errors import BadInput

ORANGE, BLUE = (ImageColor.getrgb(name) for name in contact_sheet._COLOURS[:2])


def coco(folder: Path, images: int, *boxes: tuple[int, int, tuple[float, ...]], side: int = 64) -> Path:
    """Grey images in ``folder``, and a COCO file with boxes of (image, category, x-y-width-height)."""
    for number in range(1, images + 1):
        Image.new("L", (side, side), 100).save(folder / f"{number}.png")
    document = {
        "images": [
            {"id": number, "file_name": f"some/prefix/{number}.png", "width": side, "height": side}
            for number in range(1, images + 1)
        ],
        "annotations": [
            {"id": number, "image_id": image, "category_id": category, "bbox": box, "area": box[2] * box[3]}
            for number, (image, category, box) in enumerate(boxes, start=1)
        ],
        "categories": [{"id": 1, "name": "bone"}, {"id": 5, "name": "soft tissue"}],
    }
    path = folder / "labels.coco.json"
    path.write_text(json.dumps(document))
    return path


def sheet(folder: Path, labels: Path, **options: Any) -> np.ndarray:
    write_contact_sheet(folder, labels, folder / "sheet.png", **options)
    with Image.open(folder / "sheet.png") as image:
        return np.asarray(image.convert("RGB"))


def count(picture: np.ndarray, colour: tuple[int, ...]) -> int:
    return int((picture == colour).all(axis=-1).sum())


def test_every_image_has_its_place(tmp_path: Path) -> None:
    picture = sheet(tmp_path, coco(tmp_path, 5), columns=3)
    assert count(picture, (100, 100, 100)) == 5 * contact_sheet._TILE**2


def test_boxes_have_the_colour_of_their_label_in_the_picture_and_the_legend(tmp_path: Path) -> None:
    without = sheet(tmp_path, coco(tmp_path, 1))
    box = (8, 8, 32, 32)
    orange = sheet(tmp_path, coco(tmp_path, 1, (1, 1, box)))
    blue = sheet(tmp_path, coco(tmp_path, 1, (1, 5, box)))
    assert count(without, ORANGE) == count(without, BLUE) > 0
    assert count(orange, ORANGE) > count(without, ORANGE)
    assert count(orange, BLUE) == count(without, BLUE)
    assert count(blue, BLUE) > count(without, BLUE)


def test_a_box_lies_where_the_label_says_scaled_as_the_image(tmp_path: Path) -> None:
    picture = sheet(tmp_path, coco(tmp_path, 1, (1, 1, (8, 16, 32, 24))))
    grey = (picture == 100).all(axis=-1)
    rows, columns = np.where(grey)
    tile = picture[rows.min() :, columns.min() :][: contact_sheet._TILE, : contact_sheet._TILE]
    rows, columns = np.where((tile == ORANGE).all(axis=-1))
    found = (columns.min(), rows.min(), columns.max(), rows.max())
    expected = (8 * 4, 16 * 4, 40 * 4, 40 * 4)
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= contact_sheet._LINE


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (60, 60, 30, 30), (-5, -5, 10, 10), (3, 3, 0.2, 50)])
def test_odd_boxes_are_drawn_all_the_same(tmp_path: Path, box: tuple[float, ...]) -> None:
    legend_only = count(sheet(tmp_path, coco(tmp_path, 1)), ORANGE)
    assert count(sheet(tmp_path, coco(tmp_path, 1, (1, 1, box))), ORANGE) > legend_only


def test_a_caption_makes_the_sheet_higher(tmp_path: Path) -> None:
    labels = coco(tmp_path, 1)
    assert len(sheet(tmp_path, labels, caption="Boxes of simulated workers")) > len(sheet(tmp_path, labels))


def test_more_labels_than_colours_are_drawn(tmp_path: Path) -> None:
    labels = coco(tmp_path, 1, (1, 30, (1, 1, 9, 9)))
    document = json.loads(labels.read_text())
    document["categories"] = [{"id": number, "name": f"label {number}"} for number in range(1, 31)]
    labels.write_text(json.dumps(document))
    assert sheet(tmp_path, labels).shape[0] > 30 * contact_sheet._LEGEND_ROW


def test_what_is_missing_is_bad_input_and_leaves_no_sheet(tmp_path: Path) -> None:
    labels = coco(tmp_path, 2)
    (tmp_path / "2.png").unlink()
    with pytest.raises(BadInput, match="there is no image"):
        sheet(tmp_path, labels)
    with pytest.raises(BadInput, match="is no COCO file"):
        sheet(tmp_path, tmp_path / "missing.json")
    with pytest.raises(BadInput, match="holds no image"):
        sheet(tmp_path, coco(tmp_path, 0))
    assert not (tmp_path / "sheet.png").exists()
