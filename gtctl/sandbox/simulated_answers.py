"""What simulated workers answer: made up, deterministically by seed, image and worker.

New boxes are put on high-contrast regions of the image; each worker deviates a little from the others and sometimes
misses one, so that consolidation has something to do. Boxes of an earlier job are mostly left alone, some are moved or
deleted; verdicts are mostly the first one, others come with a comment that says it is simulated.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MISSED_BOX_PROBABILITY = 0.05
ABSENT_LABEL_PROBABILITY = 0.2
MOVED_BOX_PROBABILITY = 0.25
DELETED_BOX_PROBABILITY = 0.05
OTHER_VERDICT_PROBABILITY = 0.25
DISSENT_PROBABILITY = 0.1
CANDIDATES = 40


class WorkerPage(HTMLParser):
    """What a worker needs of the page: the image's URL, the labels, the boxes that are there already."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.image_url: str | None = None
        self.labels: Sequence[str] = ()
        self.element: str | None = None
        """The name under which a verdict is submitted; None where boxes are."""
        self.earlier: list[dict[str, Any]] | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "crowd-bounding-box":
            self.image_url, self.labels = found.get("src"), json.loads(found.get("labels") or "[]")
            self.earlier = json.loads(found["initial-value"]) if "initial-value" in found else None
        elif tag == "crowd-image-classifier":
            self.image_url, self.labels = found.get("src"), json.loads(found.get("categories") or "[]")
            self.element = found.get("name", tag)


def answer(page: WorkerPage, image: bytes, seed: int, worker: int) -> dict[str, Any]:
    """The content of one worker's answer to one task; ``image`` is the PNG or JPEG that the page shows."""
    digest = hashlib.sha256(image).hexdigest()
    if page.element is not None:
        return {page.element: _verdict(page.labels, f"{seed}/{digest}", worker)}
    if page.earlier is not None:
        width, height = _size(image)
        boxes = _corrected(page.earlier, f"{seed}/{digest}", worker, width, height)
        modified = {"initialValueModified": boxes != page.earlier}
    else:
        boxes, width, height = draw(image, page.labels, seed, worker)
        modified = {}
    size = {"width": width, "height": height}
    return {"boundingBox": {"boundingBoxes": boxes, "inputImageProperties": size, **modified}}


def _verdict(verdicts: Sequence[str], key: str, worker: int) -> dict[str, str]:
    shared, own = random.Random(key), random.Random(f"{key}/{worker}")  # noqa: S311 - a simulation, not a secret
    wrong = (shared.random() < OTHER_VERDICT_PROBABILITY) != (own.random() < DISSENT_PROBABILITY)
    if not wrong or len(verdicts) == 1:
        return {"label": verdicts[0]}
    return {"label": shared.choice(verdicts[1:]), "workerComment": "Simulated: a box does not fit."}


def _corrected(
    earlier: Sequence[Mapping[str, Any]], key: str, worker: int, width: int, height: int
) -> list[dict[str, Any]]:
    """The earlier boxes, a few of them moved or deleted: all workers change the same ones, in their own way."""
    boxes = []
    for number, box in enumerate(earlier):
        chance = random.Random(f"{key}/{number}").random()  # noqa: S311
        if chance < DELETED_BOX_PROBABILITY:
            continue
        if chance < DELETED_BOX_PROBABILITY + MOVED_BOX_PROBABILITY:
            boxes.append(_near(box, random.Random(f"{key}/{number}/{worker}"), width, height))  # noqa: S311
        else:
            boxes.append(dict(box))
    return boxes


def _near(box: Mapping[str, Any], rng: random.Random, width: int, height: int) -> dict[str, Any]:
    """``box`` moved and resized by a few per cent, inside the image."""
    left = _clamp(box["left"] + rng.uniform(-0.05, 0.05) * box["width"], 0, width - 2)
    top = _clamp(box["top"] + rng.uniform(-0.05, 0.05) * box["height"], 0, height - 2)
    return {
        "label": box["label"],
        "left": left,
        "top": top,
        "width": _clamp(box["width"] * rng.uniform(0.93, 1.07), 2, width - left),
        "height": _clamp(box["height"] * rng.uniform(0.93, 1.07), 2, height - top),
    }


def _size(image: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(io.BytesIO(image)) as opened:
        return opened.size


def draw(image: bytes, labels: Sequence[str], seed: int, worker: int) -> tuple[list[dict[str, Any]], int, int]:
    """The boxes one worker draws on one image (PNG or JPEG bytes), and the image's width and height in pixels."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(image)) as opened:
        pixels = np.asarray(opened.convert("L"), dtype=np.float32)
    height, width = pixels.shape
    digest = hashlib.sha256(image).hexdigest()
    boxes = []
    for label in labels:
        shared = random.Random(f"{seed}/{digest}/{label}")  # noqa: S311 - a simulation, not a secret
        if shared.random() < ABSENT_LABEL_PROBABILITY:
            continue
        left, top, box_width, box_height = _place(pixels, shared)
        own = random.Random(f"{seed}/{digest}/{label}/{worker}")  # noqa: S311
        if own.random() < MISSED_BOX_PROBABILITY:
            continue
        box = {"label": label, "left": left, "top": top, "width": box_width, "height": box_height}
        boxes.append(_near(box, own, width, height))
    return boxes, width, height


def _place(pixels: np.ndarray[Any, Any], rng: random.Random) -> tuple[float, float, float, float]:
    """Left, top, width, height of the most structured of some random boxes inside the body."""
    import numpy as np

    height, width = pixels.shape
    body = pixels > max(8.0, float(pixels.max()) * 0.1)
    rows, columns = np.flatnonzero(body.any(axis=1)), np.flatnonzero(body.any(axis=0))
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if rows.size else (0, height)
    left, right = (int(columns[0]), int(columns[-1]) + 1) if columns.size else (0, width)
    best, best_score = (float(left), float(top), float(right - left), float(bottom - top)), -1.0
    for _ in range(CANDIDATES):
        w = max(2.0, (right - left) * rng.uniform(0.12, 0.3))
        h = max(2.0, (bottom - top) * rng.uniform(0.12, 0.3))
        x = left + rng.random() * max(0.0, right - left - w)
        y = top + rng.random() * max(0.0, bottom - top - h)
        patch = pixels[int(y) : int(y + h) + 1, int(x) : int(x + w) + 1]
        inside = body[int(y) : int(y + h) + 1, int(x) : int(x + w) + 1]
        score = float(patch.std()) * float(inside.mean()) ** 2
        if score > best_score:
            best, best_score = (x, y, w, h), score
    return best


def _clamp(value: float, low: float, high: float) -> int:
    return round(max(low, min(value, high)))
