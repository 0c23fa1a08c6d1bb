"""Whether COCO files have the same boxes: FILE..."""

from __future__ import annotations

import json
import sys
from pathlib import Path

Found = set[tuple[str, str, float, float, float, float, float]]


def boxes(path: Path) -> Found:
    """Image, label, sides and score of every box, whatever the ids."""
    coco = json.loads(path.read_bytes())
    labels = {each["id"]: each["name"] for each in coco["categories"]}
    files = {each["id"]: each["file_name"].rpartition("/")[2] for each in coco["images"]}
    return {
        (files[each["image_id"]], labels[each["category_id"]], *map(float, each["bbox"]), float(each["score"]))
        for each in coco["annotations"]
    }


if __name__ == "__main__":
    first, *others = [boxes(Path(argument)) for argument in sys.argv[1:]]
    if any(other != first for other in others):
        sys.exit("they do not have the same boxes")
