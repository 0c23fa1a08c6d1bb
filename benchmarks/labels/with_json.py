"""An output manifest to COCO with Python's own json, in memory, as most scripts do it: MANIFEST OUTPUT."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

METADATA = "-metadata"


def convert(manifest: Path, output: Path) -> None:
    """Every labeled row with all of its boxes."""
    rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    names: dict[int, str] = {}
    for number, row in enumerate(rows, start=1):
        attribute = next(key.removesuffix(METADATA) for key in row if key.endswith(METADATA))
        size, metadata = row[attribute]["image_size"][0], row[attribute + METADATA]
        key = row["source-ref"].split("/", 3)[3]
        images.append({"id": number, "file_name": key, "width": size["width"], "height": size["height"]})
        names |= {int(class_id): name for class_id, name in metadata["class-map"].items()}
        for box, its in zip(row[attribute]["annotations"], metadata["objects"], strict=True):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": box["class_id"] + 1,
                    "bbox": [box["left"], box["top"], box["width"], box["height"]],
                    "area": box["width"] * box["height"],
                    "iscrowd": 0,
                    "segmentation": [],
                    "score": its["confidence"],
                }
            )
    categories = [{"id": class_id + 1, "name": name} for class_id, name in sorted(names.items())]
    with output.open("w", encoding="utf-8") as stream:
        json.dump({"images": images, "annotations": annotations, "categories": categories}, stream)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
