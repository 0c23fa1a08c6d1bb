"""Several workers' answers to one: boxes matched by overlap (IoU) and averaged, verdicts counted.

The service documents no more than that ("finds the most similar boxes from different workers based on the
Jaccard index of the boxes and averages them"); thresholds and confidence here are the sandbox's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gtctl.sandbox.ground_truth import earlier_labels
from gtctl.sandbox.ground_truth.earlier_labels import Box
from gtctl.sandbox.ground_truth.state import DataObject, Json, LabelingJob

SAME_BOX_IOU = 0.5


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
    value, metadata = _verdict(job, item) if job.task == "verification" else _labeled_boxes(job, item)
    attribute = job.request["LabelAttributeName"]
    return {
        attribute: value,
        f"{attribute}-metadata": metadata
        | {
            "type": job.label_type,
            "human-annotated": "yes",
            "creation-date": datetime.now(UTC).replace(tzinfo=None).isoformat(),
            "job-name": f"labeling-job/{job.name}",
        },
    }


def _labeled_boxes(job: LabelingJob, item: DataObject) -> tuple[Json, Json]:
    merged = merge([_boxes(answer.content) for answer in item.answers])
    class_ids = {label: number for number, label in enumerate(job.labels)}
    used = sorted({class_ids[m.box.label] for m in merged})
    value = {
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
    }
    metadata: Json = {
        "objects": [{"confidence": round(m.confidence, 2)} for m in merged],
        "class-map": {str(number): job.labels[number] for number in used},
    }
    if job.task == "adjustment":
        changed = _rounded(m.box for m in merged) != _rounded(earlier_labels.boxes(job, item))
        metadata["adjustment-status"] = "adjusted" if changed else "unadjusted"
    return value, metadata


def _rounded(boxes: Iterable[Box]) -> list[tuple[str, int, int, int, int]]:
    return sorted((b.label, round(b.left), round(b.top), round(b.width), round(b.height)) for b in boxes)


def _verdict(job: LabelingJob, item: DataObject) -> tuple[str, Json]:
    """The verdict that most workers chose; of two as frequent, the one that comes first among the job's labels.

    The service documents a variant of expectation maximization; the share of the votes is the sandbox's own.
    """
    answers = [next(iter(answer.content.values())) for answer in item.answers]
    votes = Counter(answer["label"] for answer in answers)
    index = max(range(len(job.labels)), key=lambda number: (votes[job.labels[number]], -number))
    share = votes[job.labels[index]] / len(answers)
    comments = [{"comment": answer["workerComment"]} for answer in answers if answer.get("workerComment")]
    metadata: Json = {
        "class-name": job.labels[index],
        "confidence": 0.0 if len(answers) == 1 else round(share, 2),
        **({"worker-feedback": comments} if comments else {}),
    }
    return str(index), metadata


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
