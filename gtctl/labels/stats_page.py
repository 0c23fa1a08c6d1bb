"""Statistics of labels as a page with charts and boxes over images; see ``gtctl.html_page``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

from gtctl import __version__, html_page
from gtctl.files import atomic_write
from gtctl.labels.stats import Again, Stats
from gtctl.labels.thumbnails import maker

CHART_WIDTH, CHART_HEIGHT = 320, 132
_COLOURS = 6
_BINS = 20
_NOTHING = "\N{EN DASH}"


def write(stats: Stats, path: Path, images: str | None = None) -> None:
    """The page, whole or not at all; ``images`` is a place of images, of which thumbnails are embedded."""
    page = render(stats, maker(images) if images else lambda _: "")
    with atomic_write(path) as stream:
        stream.write(page)


def render(stats: Stats, thumbnail: Callable[[str], str]) -> str:
    """The page; ``thumbnail`` makes a ``data:`` URI of an image's S3 URI, or "" where there is no picture."""
    environment = html_page.environment("gtctl.labels")
    environment.filters |= {"number": _number, "share": _share, "seconds": _seconds}
    return environment.get_template("stats.html.j2").render(
        data=stats.as_json(),
        version=__version__,
        answer=_answer(stats),
        colour=_Colours(stats).of,
        most_boxes=max((label.boxes for label in stats.labels.values()), default=0) or 1,
        spreads=_spreads(stats),
        charts=list(_charts(stats)),
        again=[_Overlay(each, thumbnail(each.source_ref)) for each in stats.again],
        **html_page.styles(Path(__file__).parent / "html" / "stats.css"),
    )


def _answer(stats: Stats) -> str:
    """The first thing to read."""
    scores = stats.scores
    if not stats.answers.used:
        return "No answer of a worker was read: this page tells of the labels alone."
    if not scores:
        return "Every image was labeled by one worker: nobody can say how far they agree."
    mean = sum(scores) / len(scores)
    word = "well" if mean >= 0.75 else "fairly" if mean >= 0.5 else "little"
    low = sum(1 for score in scores if score < 0.5)
    rest = f"on {low:,} of {len(scores):,} images they hardly do" if low else "there is no image where they do not"
    return f"Workers agree {word} ({mean:.2f} of 1); {rest}."


class _Colours:
    """A colour for each label: the most frequent ones have one of their own."""

    def __init__(self, stats: Stats) -> None:
        self._of = {label.name: at % _COLOURS for at, label in enumerate(stats.sorted_labels())}

    def of(self, label: str) -> int:
        return self._of.get(label, 0)


@dataclass(frozen=True, slots=True)
class _Bar:
    x: float
    y: float
    width: float
    height: float
    told: str


@dataclass(frozen=True, slots=True)
class _Chart:
    """A histogram, ready to be drawn. ``ticks`` are places and texts below it."""

    title: str
    about: str
    bars: Sequence[_Bar]
    ticks: Sequence[tuple[float, str]]
    highest: int


def _charts(stats: Stats) -> Iterator[_Chart]:
    if stats.scores:
        yield _histogram(
            "Agreement of workers",
            "images, by agreement",
            stats.scores,
            [at / _BINS for at in range(_BINS + 1)],
            "{:.2f}",
        )
    if stats.ious:
        low = min(stats.threshold, 0.95)
        edges = [low + (1 - low) * at / _BINS for at in range(_BINS + 1)]
        yield _histogram("Overlap of matched boxes", "matches, by IoU", stats.ious, edges, "{:.2f}")
    if stats.seconds:
        yield _times(stats.seconds)
    if stats.boxes_per_image:
        yield _boxes(stats.boxes_per_image)


def _histogram(title: str, about: str, values: Sequence[float], edges: Sequence[float], form: str) -> _Chart:
    counted: Counter[int] = Counter()
    for value in values:
        inside = sum(1 for edge in edges[1:-1] if value >= edge)
        counted[inside] += 1
    spans = [(form.format(low), form.format(high)) for low, high in pairwise(edges)]
    told = [f"{low} to {high}: {counted[at]:,}" for at, (low, high) in enumerate(spans)]
    middle = len(spans) // 2
    ticks = [(0.0, spans[0][0]), (middle / len(spans), spans[middle][0]), (1.0, spans[-1][1])]
    return _drawn(title, about, [counted[at] for at in range(len(spans))], told, ticks)


def _times(seconds: Sequence[float]) -> _Chart:
    """Time is shown by powers: a worker may take a second, or leave the page open for an hour."""
    logs = [log10(max(each, 0.1)) for each in seconds]
    low, high = floor(min(logs) * 4) / 4, ceil(max(logs) * 4) / 4
    high = max(high, low + 0.5)
    edges = [low + (high - low) * at / _BINS for at in range(_BINS + 1)]
    counted = Counter(min(int((log - low) / (high - low) * _BINS), _BINS - 1) for log in logs)
    spans = [(_seconds(10**a), _seconds(10**b)) for a, b in pairwise(edges)]
    told = [f"{a} to {b}: {counted[at]:,}" for at, (a, b) in enumerate(spans)]
    ticks = [(0.0, spans[0][0]), (0.5, spans[_BINS // 2][0]), (1.0, spans[-1][1])]
    return _drawn("Time per image", "answers, by time", [counted[at] for at in range(_BINS)], told, ticks)


def _boxes(images: Counter[int]) -> _Chart:
    most = max(images)
    step = max(1, ceil((most + 1) / 24))
    bins = [sum(images[n] for n in range(at, at + step)) for at in range(0, most + 1, step)]
    told = [
        f"{at}{f' to {at + step - 1}' if step > 1 else ''} boxes: {count:,} images"
        for at, count in zip(range(0, most + 1, step), bins, strict=True)
    ]
    places = dict.fromkeys([0, len(bins) // 2, len(bins) - 1])
    ticks = [((at + 0.5) / len(bins), str(at * step)) for at in places]
    return _drawn("Boxes per image", "images, by number of boxes", bins, told, ticks)


def _drawn(
    title: str, about: str, counts: Sequence[int], told: Sequence[str], ticks: Sequence[tuple[float, str]]
) -> _Chart:
    highest = max(counts, default=0) or 1
    step = CHART_WIDTH / max(len(counts), 1)
    bars = [
        _Bar(
            round(at * step + 0.5, 2),
            round(CHART_HEIGHT * (1 - height), 2),
            round(step - 1, 2),
            CHART_HEIGHT * height,
            text,
        )
        for at, (count, text) in enumerate(zip(counts, told, strict=True))
        # One of thousands is still to be seen.
        for height in [max(count / highest, 0.015) if count else 0.0]
    ]
    return _Chart(title, about, bars, [(round(place * CHART_WIDTH, 1), text) for place, text in ticks], highest)


def _spreads(stats: Stats) -> dict[str, tuple[float, float, float, float]]:
    """Of each worker with times: where the quartiles' box begins, its width, the median, and 90 % (0 to 100)."""
    from statistics import quantiles

    logs = {
        name: [log10(max(each, 0.1)) for each in worker.seconds]
        for name, worker in stats.workers.items()
        if len(worker.seconds) > 1
    }
    if not logs:
        return {}
    low, high = min(min(each) for each in logs.values()), max(max(each) for each in logs.values())
    span = max(high - low, 0.1)
    found = {}
    for name, each in logs.items():
        tenths = quantiles(each, n=20, method="inclusive")
        q1, middle, q3, p90 = (round(100 * (tenths[at] - low) / span, 1) for at in (4, 9, 14, 17))
        found[name] = (q1, max(round(q3 - q1, 1), 1.0), middle, p90)
    return found


class _Overlay:
    """An image with boxes, in its own pixels; strokes are as wide on every image."""

    def __init__(self, again: Again, picture: str) -> None:
        self.again, self.picture = again, picture
        self.workers = again.workers
        self.named = [(name, box.left, box.top, box.width, box.height) for name, box in again.boxes]
        self.about = f"Row {again.row}: {len(again.boxes)} boxes, answers of {len(again.workers)} workers"


def _number(value: float | None, digits: int = 2) -> str:
    return _NOTHING if value is None else f"{value:,.{digits}f}"


def _share(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.1%}" if value >= 0.001 or not value else f"{value:.3%}"


def _seconds(value: Any) -> str:
    if value is None:
        return _NOTHING
    if value < 10:
        return f"{value:.1f} s"
    if value < 90:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 5400 else f"{value / 3600:.1f} h"
