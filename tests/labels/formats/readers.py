"""Reads exported labels with datumaro and with Label Studio's SDK, in their own environment (.venv-readers).

Called with folders, one line of JSON for each: what the reader found, as {image: [[label, x, y, width, height], ...]}.
This file imports nothing of gtctl.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def datumaro(folder: Path, name: str) -> dict[str, list[Any]]:
    """The boxes as datumaro reads them."""
    import datumaro as dm

    dataset = dm.Dataset.import_from(str(folder), name)
    kind = dm.AnnotationType
    labels = [label.name for label in dataset.categories()[kind.label]]
    return {
        item.id: [[labels[each.label], *each.get_bbox()] for each in item.annotations if each.type == kind.bbox]
        for item in dataset
    }


def label_studio(folder: Path) -> dict[str, list[Any]]:
    """The boxes as Label Studio's converter writes them in COCO, once its SDK has found every task valid."""
    import tempfile

    from label_studio_sdk.converter import Converter
    from label_studio_sdk.label_interface import LabelInterface

    config = (folder / "labeling-config.xml").read_text(encoding="utf-8")
    tasks = json.loads((folder / "tasks.json").read_bytes())
    interface = LabelInterface(config)
    interface.validate()
    for number, task in enumerate(tasks, start=1):
        valid = [interface.validate_task({"data": task["data"]})]
        valid += [interface.validate_annotation(each) for each in task.get("annotations", [])]
        valid += [interface.validate_prediction(each) for each in task.get("predictions", [])]
        if not all(valid):
            raise ValueError(f"task {number} is not valid")
        # What Label Studio itself adds when it takes a task in.
        task["id"] = number
        for position, annotation in enumerate(task.setdefault("annotations", task.get("predictions", []))):
            annotation |= {"id": number * 10 + position, "completed_by": 1, "was_cancelled": False}
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "in").mkdir()
        (Path(work) / "in" / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
        converter = Converter(config, str(folder), download_resources=False)
        converter.convert_to_coco(str(Path(work) / "in"), str(Path(work) / "out"), is_dir=True)
        coco = json.loads((Path(work) / "out" / "result.json").read_bytes())
    names = {each["id"]: each["name"] for each in coco["categories"]}
    found: dict[str, list[Any]] = {each["file_name"]: [] for each in coco["images"]}
    files = {each["id"]: each["file_name"] for each in coco["images"]}
    for each in coco["annotations"]:
        found[files[each["image_id"]]].append([names[each["category_id"]], *each["bbox"]])
    return found


READERS = {
    "coco": lambda folder: datumaro(folder, "coco"),
    "voc": lambda folder: datumaro(folder, "voc_detection"),
    "yolo": lambda folder: datumaro(folder, "yolo"),
    "cvat": lambda folder: datumaro(folder, "cvat"),
    "label-studio": label_studio,
}

if __name__ == "__main__":
    for argument in sys.argv[1:]:
        place = Path(argument)
        sys.stdout.write(json.dumps(READERS[place.name](place)) + "\n")
