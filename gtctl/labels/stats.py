"""What labels and the answers behind them tell: per label, per worker, agreement, and images to look at again.

Workers appear as pseudonyms, image names without what looks like an identifier. Nothing is dropped silently: ``Stats``
counts what was read and what was of no use.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from math import log10
from statistics import median, quantiles
from typing import Any

from gtctl.audit.masking import mask
from gtctl.errors import BadInput
from gtctl.labels.agreement import NOT_SEEN, THRESHOLD, Alpha, ImageAgreement, agreement
from gtctl.labels.dataset import Counts, Dataset, Image, Options, is_beyond
from gtctl.labels.output_manifest import Box
from gtctl.labels.worker_responses import Answer, Drawn, Pseudonyms, Responses, read

LOW_AGREEMENT = 0.5
MANY = 3
"""Boxes are many, and sizes odd, so many interquartile ranges beyond the quartiles."""
FEWEST_TO_COMPARE = 20
_SMALLEST_SIDE = 3
SCHEMA_VERSION = 1


@dataclass(slots=True)
class Answers:
    """What became of the workers' answers. ``read`` = ``used`` + ``without_boxes`` + ``repeated``.

    ``without_boxes`` are answers to another kind of task; ``repeated`` those that the same worker has replaced.
    ``images`` had used answers, ``several`` of them by more than one worker; ``none`` are exported images without one;
    ``not_labeled`` images have answers, and no labels among the exported ones.
    """

    read: int = 0
    used: int = 0
    without_boxes: int = 0
    repeated: int = 0
    images: int = 0
    several: int = 0
    none: int = 0
    not_labeled: int = 0


@dataclass(slots=True)
class Label:
    """``sizes`` are the areas of the job's boxes, as shares of their images. ``drawn`` counts the workers' boxes in
    images that several labeled, and ``matched`` those of them to which another worker's box of the same label fits."""

    name: str
    boxes: int = 0
    images: int = 0
    sizes: array[float] = field(default_factory=lambda: array("d"))
    drawn: int = 0
    matched: int = 0
    ious: array[float] = field(default_factory=lambda: array("d"))

    def as_json(self) -> dict[str, Any]:
        low, middle, high = _quartiles(self.sizes)
        return {
            "label": self.name,
            "boxes": self.boxes,
            "images": self.images,
            "size_share": {"q1": _rounded(low, 6), "median": _rounded(middle, 6), "q3": _rounded(high, 6)},
            "drawn": self.drawn,
            "matched": self.matched,
            "mean_iou": _rounded(_mean(self.ious)),
        }


@dataclass(slots=True)
class Worker:
    """``scores`` are agreements with each other worker on an image, ``alone`` boxes that nobody else drew, of the
    ``compared`` ones in images that several labeled."""

    name: str
    images: int = 0
    boxes: int = 0
    empty: int = 0
    seconds: array[float] = field(default_factory=lambda: array("d"))
    scores: array[float] = field(default_factory=lambda: array("d"))
    ious: array[float] = field(default_factory=lambda: array("d"))
    alone: int = 0
    compared: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "worker": self.name,
            "images": self.images,
            "boxes": self.boxes,
            "empty": self.empty,
            "seconds": _times(self.seconds),
            "agreement": _rounded(_mean(self.scores)),
            "mean_iou": _rounded(_mean(self.ious)),
            "alone": self.alone,
            "compared": self.compared,
        }


@dataclass(slots=True)
class Again:
    """An image to look at again, and why. ``workers`` have their boxes by pseudonym; ``labels`` name ``boxes``."""

    row: int
    image: str
    source_ref: str
    width: int
    height: int
    score: float | None
    reasons: list[str]
    boxes: list[tuple[str, Box]]
    workers: list[tuple[str, Sequence[Drawn]]]

    @property
    def gravity(self) -> float:
        """What comes first has most of it: disagreement, then the number of other reasons."""
        return (1 - self.score if self.score is not None else 0) + 0.25 * len(self.reasons)

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "image": self.image,
            "agreement": _rounded(self.score),
            "boxes": len(self.boxes),
            "reasons": self.reasons,
        }


@dataclass(slots=True)
class Stats:
    """``again`` are the gravest of ``again_total`` images. ``scores`` are the agreements of images, ``boxes_per_image``
    counts images by their number of boxes. ``alpha`` is None where it is not defined."""

    threshold: float
    labels: dict[str, Label] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    answers: Answers = field(default_factory=Answers)
    again: list[Again] = field(default_factory=list)
    again_total: int = 0
    scores: array[float] = field(default_factory=lambda: array("d"))
    ious: array[float] = field(default_factory=lambda: array("d"))
    seconds: array[float] = field(default_factory=lambda: array("d"))
    boxes_per_image: Counter[int] = field(default_factory=Counter)
    alpha: float | None = None
    things: int = 0

    def as_json(self) -> dict[str, Any]:
        """As in the JSON output (schema_version 1); docs/labels.md tells what each means."""
        return {
            "schema_version": SCHEMA_VERSION,
            "counts": asdict(self.counts),
            "answers": asdict(self.answers),
            "agreement": {
                "iou_threshold": self.threshold,
                "images": len(self.scores),
                "mean": _rounded(_mean(self.scores)),
                "matched_pairs": len(self.ious),
                "mean_iou": _rounded(_mean(self.ious)),
                "krippendorff_alpha": _rounded(self.alpha),
                "things": self.things,
            },
            "seconds": _times(self.seconds),
            "labels": [each.as_json() for each in self.sorted_labels()],
            "workers": [each.as_json() for each in self.sorted_workers()],
            "look_again_total": self.again_total,
            "look_again": [each.as_json() for each in self.again],
        }

    def sorted_labels(self) -> list[Label]:
        """Labels, those with most boxes first."""
        return sorted(self.labels.values(), key=lambda each: (-each.boxes, -each.drawn, each.name))

    def sorted_workers(self) -> list[Worker]:
        """Workers by pseudonym, which is no order of anything."""
        return sorted(self.workers.values(), key=lambda each: each.name)


def compute(
    manifests: Sequence[str],
    responses: Sequence[str | None],
    options: Options | None = None,
    pseudonyms: Pseudonyms | None = None,
    threshold: float = THRESHOLD,
    most_again: int = 50,
) -> Stats:
    """The statistics of output manifests; ``responses`` are the places of their workers' answers, one for each or None.

    Raises what ``Dataset`` and ``worker_responses.read`` raise, and BadInput for answers that belong to no row, or to
    an image of another size. Memory grows by 8 bytes for each box and answer, and with ``most_again``.
    """
    stats = Stats(threshold)
    names = pseudonyms or Pseudonyms()
    with Dataset(manifests, options) as dataset:
        for image in dataset.images():
            _count(image, dataset.classes.names, stats)
        usual = _Usual(stats)
        answered = _Answered(_numbered(dataset.rows_of_each, manifests, responses, names))
        alpha, kept = Alpha(), _Gravest(most_again)
        for image in dataset.images():
            found = answered.of(image.number, stats)
            again = _judge(image, found, dataset.classes.names, stats, usual, alpha)
            if again.reasons:
                kept.add(again)
        answered.finish(stats)
        stats.counts = dataset.counts
    stats.alpha, stats.things = alpha.value(), alpha.things
    stats.again, stats.again_total = kept.sorted(), kept.total
    return stats


def _count(image: Image, names: dict[int, str], stats: Stats) -> None:
    stats.boxes_per_image[len(image.boxes)] += 1
    for box in image.boxes:
        label = stats.labels.setdefault(names[box.class_id], Label(names[box.class_id]))
        label.boxes += 1
        label.sizes.append(box.width * box.height / (image.width * image.height))
    for name in {names[box.class_id] for box in image.boxes}:
        stats.labels[name].images += 1


class _Usual:
    """What is usual, so that the rest is odd."""

    def __init__(self, stats: Stats) -> None:
        counts = list(stats.boxes_per_image.elements())
        low, _, high = _quartiles(counts)
        enough = len(counts) >= FEWEST_TO_COMPARE and low is not None and high is not None
        self.most_boxes = high + MANY * max(high - low, 1) if enough else None
        self.sizes: dict[str, tuple[float, float]] = {}
        for label in stats.labels.values():
            logs = [log10(size) for size in label.sizes if size > 0]
            low, _, high = _quartiles(logs)
            if len(logs) >= FEWEST_TO_COMPARE and low is not None and high is not None:
                # Sizes that are almost the same differ by a part of a pixel: that is not odd.
                spread = MANY * max(high - low, 0.1)
                self.sizes[label.name] = 10 ** (low - spread), 10 ** (high + spread)


class _Answered:
    """Answers by the number of their image, for images that come in their order."""

    def __init__(self, responses: Iterator[Responses]) -> None:
        self._responses = responses
        self._next = next(responses, None)

    def of(self, number: int, stats: Stats) -> Responses | None:
        """The answers to an image; those before it belong to no image that is exported."""
        while self._next and self._next.row < number:
            self._pass_over(stats)
        if self._next is None or self._next.row != number:
            return None
        found, self._next = self._next, next(self._responses, None)
        return found

    def finish(self, stats: Stats) -> None:
        while self._next:
            self._pass_over(stats)

    def _pass_over(self, stats: Stats) -> None:
        if self._next:
            _take(self._next, stats)
            stats.answers.not_labeled += 1
            self._next = next(self._responses, None)


def _numbered(
    rows: Sequence[int], manifests: Sequence[str], places: Sequence[str | None], names: Pseudonyms
) -> Iterator[Responses]:
    before = 0
    for count, manifest, place in zip(rows, manifests, places, strict=True):
        for found in read(place, names) if place else ():
            if found.row > count:
                raise BadInput(
                    f"{place}: object {found.row - 1} is in no row of {manifest}: these answers are of another job"
                )
            yield Responses(before + found.row, found.answers, found.repeated)
        before += count


def _take(found: Responses, stats: Stats) -> list[Answer]:
    """Count the answers to an image, and what each worker did; gives those with boxes (maybe none)."""
    answers = stats.answers
    used = [answer for answer in found.answers if answer.boxes is not None]
    answers.read += len(found.answers) + found.repeated
    answers.repeated += found.repeated
    answers.without_boxes += len(found.answers) - len(used)
    answers.used += len(used)
    answers.images += bool(used)
    answers.several += len(used) > 1
    for answer in used:
        worker = stats.workers.setdefault(answer.worker, Worker(answer.worker))
        worker.images += 1
        worker.boxes += len(answer.boxes or ())
        worker.empty += not answer.boxes
        if answer.seconds is not None:
            worker.seconds.append(answer.seconds)
            stats.seconds.append(answer.seconds)
    return used


def _judge(
    image: Image, found: Responses | None, names: dict[int, str], stats: Stats, usual: _Usual, alpha: Alpha
) -> Again:
    used = _take(found, stats) if found else []
    stats.answers.none += not used
    for answer in used:
        if answer.size and answer.size != (image.width, image.height):
            raise BadInput(
                f"the answers to the image of row {image.number} are about one of {answer.size[0]} x {answer.size[1]} "
                f"pixels, and it has {image.width} x {image.height}: these answers are of another job"
            )
    drawn = [answer.boxes or () for answer in used]
    score = None
    if len(used) > 1:
        agreed = agreement(drawn, stats.threshold)
        score = agreed.score
        _compare(used, agreed, stats, alpha)
    boxes = [(names[box.class_id], box) for box in image.boxes]
    reasons = [*_disagreement(score, boxes, drawn), *_oddities(image, boxes, usual)]
    return Again(
        image.number,
        mask(image.file_name),
        image.source_ref,
        image.width,
        image.height,
        score,
        reasons,
        boxes,
        [(answer.worker, answer.boxes or ()) for answer in used],
    )


def _compare(used: Sequence[Answer], agreed: ImageAgreement, stats: Stats, alpha: Alpha) -> None:
    """Book what several workers' answers to one image say of them and of the labels."""
    stats.scores.append(agreed.score or 0.0)
    fits: list[set[int]] = [set() for _ in used]
    same: list[set[int]] = [set() for _ in used]
    for pair in agreed.pairs:
        ours, theirs = stats.workers[used[pair.first].worker], stats.workers[used[pair.second].worker]
        ours.scores.append(pair.score)
        theirs.scores.append(pair.score)
        for match in pair.matches:
            for each in (stats, ours, theirs):
                each.ious.append(match.iou)
            fits[pair.first].add(match.first)
            fits[pair.second].add(match.second)
            label = (used[pair.first].boxes or ())[match.first].label
            if label == (used[pair.second].boxes or ())[match.second].label:
                stats.labels.setdefault(label, Label(label)).ious.append(match.iou)
                same[pair.first].add(match.first)
                same[pair.second].add(match.second)
    for at, answer in enumerate(used):
        worker, boxes = stats.workers[answer.worker], answer.boxes or ()
        worker.compared += len(boxes)
        worker.alone += len(boxes) - len(fits[at])
        for position, box in enumerate(boxes):
            label_ = stats.labels.setdefault(box.label, Label(box.label))
            label_.drawn += 1
            label_.matched += position in same[at]
    for said in agreed.things:
        alpha.add(said)


def _disagreement(
    score: float | None, boxes: Sequence[tuple[str, Box]], drawn: Sequence[Sequence[Drawn]]
) -> Iterator[str]:
    if score is not None and score < LOW_AGREEMENT:
        yield f"agreement {score:.2f}"
    some = sum(1 for each in drawn if each)
    if drawn and not boxes and some:
        yield f"no box, though {some} of {len(drawn)} workers drew some"
    elif 0 < some < len(drawn):
        yield f"{len(drawn) - some} of {len(drawn)} workers drew nothing"
    names = {box.label for each in drawn for box in each}
    if boxes and drawn and (missing := names - {name for name, _ in boxes} - {NOT_SEEN}):
        yield f"a label of a worker is not in the result: {', '.join(sorted(missing)[:3])}"


def _oddities(image: Image, boxes: Sequence[tuple[str, Box]], usual: _Usual) -> Iterator[str]:
    if usual.most_boxes is not None and len(boxes) > usual.most_boxes:
        yield f"many boxes: {len(boxes)}"
    thin = sum(1 for _, box in boxes if min(box.width, box.height) < _SMALLEST_SIDE)
    if thin:
        yield f"{_boxes(thin)} under {_SMALLEST_SIDE} pixels"
    for name in dict.fromkeys(name for name, _ in boxes):
        if name not in usual.sizes:
            continue
        low, high = usual.sizes[name]
        shares = [box.width * box.height / (image.width * image.height) for each, box in boxes if each == name]
        if small := sum(1 for share in shares if share < low):
            yield f"{_boxes(small)} small for {name}"
        if large := sum(1 for share in shares if share > high):
            yield f"{_boxes(large)} large for {name}"
    if beyond := sum(1 for _, box in boxes if is_beyond(box, image.width, image.height)):
        yield f"{_boxes(beyond)} beyond the image"


def _boxes(number: int) -> str:
    return "1 box" if number == 1 else f"{number} boxes"


class _Gravest:
    """The gravest of many images; of equal ones those that come first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._heap: list[tuple[float, int, Again]] = []
        self.total = 0

    def add(self, again: Again) -> None:
        self.total += 1
        heapq.heappush(self._heap, (again.gravity, -again.row, again))
        if len(self._heap) > self._most:
            heapq.heappop(self._heap)

    def sorted(self) -> list[Again]:
        return [again for _, _, again in sorted(self._heap, reverse=True)]


def _quartiles(values: Sequence[float]) -> tuple[Any, Any, Any]:
    """The quartiles; three times None where there is nothing."""
    if not values:
        return None, None, None
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return low, middle, high


def _times(seconds: Sequence[float]) -> dict[str, float | None]:
    return {
        "median": _rounded(median(seconds), 1) if seconds else None,
        "p90": _rounded(quantiles(seconds, n=10, method="inclusive")[-1], 1) if len(seconds) > 1 else None,
        "total": round(sum(seconds), 1),
    }


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)
