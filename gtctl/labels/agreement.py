"""How far workers agree: boxes of one image matched by overlap, and what the matches say.

Boxes of two workers are matched one to one so that the sum of their overlaps (intersection over union, IoU) is
greatest; pairs below a threshold are none. Labels play no part in matching: two workers who box the same thing and
name it differently disagree on its name, not on its place.

Krippendorff's alpha takes the things of all images for units: boxes of several workers that match one another are one
thing, which each worker named, or did not see (a value of its own). An image in which nobody boxed anything is one
unit that nobody saw. 1 is full agreement, 0 what chance would give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from gtctl.labels.worker_responses import Drawn

if TYPE_CHECKING:
    import numpy as np

THRESHOLD = 0.5
NOT_SEEN = ""
"""What a worker said of a thing without a box; no label is empty."""


@dataclass(frozen=True, slots=True)
class Match:
    """Boxes of two workers, by their positions, that are of one thing."""

    first: int
    second: int
    iou: float


@dataclass(slots=True)
class Pair:
    """What two workers have in common in one image. ``score`` is 1 where they drew the same, 0 where nothing matches:
    twice the overlap of the matched boxes with the same label, over the number of all boxes."""

    first: int
    second: int
    matches: list[Match]
    score: float


@dataclass(slots=True)
class ImageAgreement:
    """``pairs`` of workers, by their positions; ``score`` is the mean of theirs, None for a single worker; ``things``
    are what each worker said of each thing."""

    pairs: list[Pair]
    score: float | None
    things: list[list[str]] = field(default_factory=list)


def overlaps(first: Sequence[Drawn], second: Sequence[Drawn]) -> np.ndarray:
    """IoU of each of the first boxes with each of the second ones; boxes without area overlap with nothing."""
    import numpy as np

    a, b = _corners(first)[:, None], _corners(second)[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    common = np.clip(sides, 0, None).prod(axis=-1)
    areas = (a[..., 2:] - a[..., :2]).prod(axis=-1) + (b[..., 2:] - b[..., :2]).prod(axis=-1) - common
    found: np.ndarray = np.divide(common, areas, out=np.zeros_like(common), where=areas > 0)
    return found


def match(first: Sequence[Drawn], second: Sequence[Drawn], threshold: float = THRESHOLD) -> list[Match]:
    """The boxes of two workers that are of one thing."""
    if not first or not second:
        return []
    return [Match(a, b, iou) for a, b, iou in _assigned(overlaps(first, second), threshold)]


def agreement(workers: Sequence[Sequence[Drawn]], threshold: float = THRESHOLD) -> ImageAgreement:
    """The agreement of workers, each with boxes (maybe none), on one image."""
    pairs = [_pair(workers, a, b, threshold) for a, b in combinations(range(len(workers)), 2)]
    score = sum(pair.score for pair in pairs) / len(pairs) if pairs else None
    return ImageAgreement(pairs, score, _things(workers, threshold) if pairs else [])


def _pair(workers: Sequence[Sequence[Drawn]], first: int, second: int, threshold: float) -> Pair:
    ours, theirs = workers[first], workers[second]
    matches = match(ours, theirs, threshold)
    same = sum(each.iou for each in matches if ours[each.first].label == theirs[each.second].label)
    boxes = len(ours) + len(theirs)
    return Pair(first, second, matches, 2 * same / boxes if boxes else 1.0)


def _things(workers: Sequence[Sequence[Drawn]], threshold: float) -> list[list[str]]:
    """What each worker said of each thing: worker by worker, boxes join the thing whose boxes they overlap most."""
    import numpy as np

    things: list[dict[int, Drawn]] = []
    # Whoever drew most gives the things that others are matched to; the order is that of the answers otherwise.
    for worker in sorted(range(len(workers)), key=lambda each: -len(workers[each])):
        boxes = workers[worker]
        joined = set()
        if things and boxes:
            means = np.stack([overlaps(list(thing.values()), boxes).mean(axis=0) for thing in things])
            for thing, box, _ in _assigned(means, threshold):
                things[thing][worker] = boxes[box]
                joined.add(box)
        things += [{worker: box} for at, box in enumerate(boxes) if at not in joined]
    said = [[thing[each].label if each in thing else NOT_SEEN for each in range(len(workers))] for thing in things]
    return said or [[NOT_SEEN] * len(workers)]


def _assigned(values: np.ndarray, threshold: float) -> list[tuple[int, int, float]]:
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(values, maximize=True)
    return [
        (int(row), int(column), float(values[row, column]))
        for row, column in zip(rows, columns, strict=True)
        if values[row, column] >= threshold
    ]


def _corners(boxes: Sequence[Drawn]) -> np.ndarray:
    import numpy as np

    return np.array(
        [(box.left, box.top, box.left + box.width, box.top + box.height) for box in boxes], dtype=np.float64
    ).reshape(-1, 4)


class Alpha:
    """Krippendorff's alpha over things, one after the other.

    Memory grows with the combinations of answers only, until the value is asked for: the library wants eight bytes for
    each thing and answer.
    """

    def __init__(self) -> None:
        self._seen: Counter[tuple[tuple[str, int], ...]] = Counter()

    def add(self, said: Sequence[str]) -> None:
        """Take what each worker said of one thing."""
        self._seen[tuple(sorted(Counter(said).items()))] += 1

    @property
    def things(self) -> int:
        return self._seen.total()

    def value(self) -> float | None:
        """Alpha for nominal data; None where all said the same of everything, which leaves it undefined."""
        values = sorted({value for unit in self._seen for value, _ in unit})
        if len(values) < 2:
            return None
        import krippendorff
        import numpy as np

        position = {value: at for at, value in enumerate(values)}
        counts = np.zeros((self._seen.total(), len(values)), dtype=np.int64)
        row = 0
        for unit, times in self._seen.items():
            for value, number in unit:
                counts[row : row + times, position[value]] = number
            row += times
        return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))
