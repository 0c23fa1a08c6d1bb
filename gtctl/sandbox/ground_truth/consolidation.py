"""Several workers' boxes to one set: matched by overlap (IoU), averaged.

The service documents no more than that ("finds the most similar boxes from different workers based on the
Jaccard index of the boxes and averages them"); thresholds and confidence here are the sandbox's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from gtctl.sandbox.ground_truth.state import DataObject, Json, LabelingJob

SAME_BOX_IOU = 0.5


class Box(NamedTuple):
    """A labeled box in pixels."""

    label: str
    left: float
    top: float
    width: float
    height: float


@dataclass(slots=True)
class Consolidated:
    """An averaged box; confidence is 0 to 1, and 0 where a single worker was asked (as the service does)."""

    box: Box
    confidence: float


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0 to 1; 0 where both are empty."""
    width = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    height = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    intersection = max(0.0, width) * max(0.0, height)
    union = a.width * a.height + b.width * b.height - intersection
    return intersection / union if union > 0 else 0.0


def merge(answers: Sequence[Sequence[Box]]) -> list[Consolidated]:
    """One set of boxes from one list of boxes per worker.

    A box is kept where at least half of the workers drew it. Pairs are matched best first, a worker's box is
    used once, and only boxes of the same label match.
    """
    clusters: list[dict[int, Box]] = []
    for worker, boxes in enumerate(answers):
        candidates = sorted(
            (
                (_similarity(box, cluster), number, index)
                for index, cluster in enumerate(clusters)
                for number, box in enumerate(boxes)
                if _similarity(box, cluster) >= SAME_BOX_IOU
            ),
            key=lambda match: (-match[0], match[1], match[2]),
        )
        placed: set[int] = set()
        for _, number, index in candidates:
            if number not in placed and worker not in clusters[index]:
                clusters[index][worker] = boxes[number]
                placed.add(number)
        clusters.extend({worker: box} for number, box in enumerate(boxes) if number not in placed)
    kept = [cluster for cluster in clusters if 2 * len(cluster) >= len(answers)]
    return [_average(list(cluster.values()), len(answers)) for cluster in kept]


def consolidate(job: LabelingJob, item: DataObject) -> Json:
    """The object's label attribute and its metadata, as they stand in the output manifest."""
    merged = merge([_boxes(answer.content) for answer in item.answers])
    class_ids = {label: number for number, label in enumerate(job.labels)}
    attribute = job.request["LabelAttributeName"]
    used = sorted({class_ids[m.box.label] for m in merged})
    return {
        attribute: {
            "image_size": [item.image_size],
            "annotations": [
                {
                    "class_id": class_ids[m.box.label],
                    "top": round(m.box.top),
                    "left": round(m.box.left),
                    "height": round(m.box.height),
                    "width": round(m.box.width),
                }
                for m in merged
            ],
        },
        f"{attribute}-metadata": {
            "objects": [{"confidence": round(m.confidence, 2)} for m in merged],
            "class-map": {str(number): job.labels[number] for number in used},
            "type": "groundtruth/object-detection",
            "human-annotated": "yes",
            "creation-date": datetime.now(UTC).replace(tzinfo=None).isoformat(),
            "job-name": f"labeling-job/{job.name}",
        },
    }


def _boxes(content: Json) -> list[Box]:
    return [
        Box(b["label"], float(b["left"]), float(b["top"]), float(b["width"]), float(b["height"]))
        for b in content["boundingBox"].get("boundingBoxes") or []
    ]


def _similarity(box: Box, cluster: dict[int, Box]) -> float:
    members = list(cluster.values())
    if members[0].label != box.label:
        return 0.0
    return sum(iou(box, member) for member in members) / len(members)


def _average(boxes: list[Box], workers: int) -> Consolidated:
    count = len(boxes)
    mean = Box(
        boxes[0].label,
        sum(b.left for b in boxes) / count,
        sum(b.top for b in boxes) / count,
        sum(b.width for b in boxes) / count,
        sum(b.height for b in boxes) / count,
    )
    agreement = sum(iou(mean, b) for b in boxes) / workers
    return Consolidated(mean, 0.0 if workers == 1 else agreement)
