"""Rows of output manifests, as jobs write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st


def labeled(
    key: str,
    *boxes: tuple[float, ...],
    attribute: str = "boxes",
    size: tuple[int, int] = (640, 480),
    bucket: str = "scans",
    **changes: Any,
) -> dict[str, Any]:
    """A row with boxes of (class id, left, top, width, height); ``changes`` replace parts of the metadata."""
    metadata = {
        "objects": [{"confidence": 0.5} for _ in boxes],
        "class-map": {str(box[0]): f"class {box[0]}" for box in boxes},
        "type": "groundtruth/object-detection",
        "human-annotated": "yes",
        "creation-date": "2021-09-21T12:55:32.782712",
        "job-name": "labeling-job/chest",
    }
    metadata |= {name.replace("_", "-"): value for name, value in changes.items()}
    return {
        "source-ref": f"s3://{bucket}/{key}",
        attribute: {
            "image_size": [{"width": size[0], "height": size[1], "depth": 1}],
            "annotations": [
                {"class_id": box[0], "top": box[2], "left": box[1], "height": box[4], "width": box[3]} for box in boxes
            ],
        },
        f"{attribute}-metadata": {name: value for name, value in metadata.items() if value is not None},
    }


def failed(key: str, attribute: str = "boxes") -> dict[str, Any]:
    """A row that could not be labeled."""
    metadata = {"failure-reason": "ClientError: no CORS", "job-name": "labeling-job/chest"}
    return {"source-ref": f"s3://scans/{key}", f"{attribute}-metadata": metadata}


def unlabeled(key: str) -> dict[str, Any]:
    """A row that the job did not come to."""
    return {"source-ref": f"s3://scans/{key}"}


def verified(class_name: str, attribute: str = "verify-boxes", **changes: Any) -> dict[str, Any]:
    """What a verification job adds to a row, as the Developer Guide shows it."""
    metadata = {
        "class-name": class_name,
        "confidence": 0.93,
        "type": "groundtruth/label-verification",
        "job-name": "verify-bounding-boxes",
        "human-annotated": "yes",
        "creation-date": "2021-11-20T22:18:13.527256",
        "worker-feedback": [{"comment": "The box is too wide on the right side."}],
    }
    metadata |= {name.replace("_", "-"): value for name, value in changes.items()}
    return {
        attribute: "1",
        f"{attribute}-metadata": {key: value for key, value in metadata.items() if value is not None},
    }


def write(path: Path, *rows: dict[str, Any]) -> str:
    """An output manifest, by its path."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


_lengths = st.integers(0, 5000) | st.floats(0, 5000, allow_nan=False).map(lambda value: round(value, 3))
_boxes = st.tuples(st.integers(0, 4), _lengths, _lengths, _lengths, _lengths)


@st.composite
def manifests(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of one job: labeled in every real form, with at least one box in all."""
    rows = []
    for number, boxes in enumerate(draw(st.lists(st.lists(_boxes, max_size=5), min_size=1, max_size=6))):
        row = labeled(f"{number}.png", *boxes)
        size = {"width": draw(st.integers(1, 9000)), "height": draw(st.integers(1, 9000)), "depth": 3}
        row["boxes"]["image_size"] = [size]
        form = draw(st.sampled_from(["whole", "no objects", "no confidence", "zero confidence"]))
        metadata = row["boxes-metadata"]
        if form == "no objects":
            del metadata["objects"]
        elif form != "whole":
            metadata["objects"] = [{} if form == "no confidence" else {"confidence": 0} for _ in boxes]
        rows.append(dict(draw(st.permutations(list(row.items())))))
    return [*rows, labeled("last.png", (2, 1, 2, 3, 4))]
