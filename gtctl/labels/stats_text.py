"""Statistics of labels as tables of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gtctl.labels.stats import Stats
from gtctl.printable import one_line


def text(stats: Stats) -> str:
    """All of it, as lines."""
    return "\n".join(_lines(stats)) + "\n"


def _lines(stats: Stats) -> Iterator[str]:
    data = stats.as_json()
    counts, answers, agreed = data["counts"], data["answers"], data["agreement"]
    yield (
        f"{counts['read']} rows read: {counts['exported']} labeled with {counts['boxes']} boxes, "
        f"{counts['empty']} of them empty; {counts['failed']} failed, {counts['unlabeled']} not labeled"
    )
    left_out = [(counts["repeated"], "rows of an image that another row holds for"), (counts["machine"], "by a model")]
    yield from (f"{number} left out: {why}" for number, why in left_out if number)
    yield (
        f"{answers['read']} answers of {len(data['workers'])} workers: {answers['used']} used, {answers['repeated']} "
        f"replaced by a later one, {answers['without_boxes']} of another task"
    )
    yield (
        f"{answers['images']} images answered, {answers['several']} by several workers; {answers['none']} labeled "
        f"without answers, {answers['not_labeled']} answered without labels"
    )
    yield (
        f"agreement {_number(agreed['mean'])} on {agreed['images']} images, mean IoU {_number(agreed['mean_iou'])} of "
        f"{agreed['matched_pairs']} matches, Krippendorff's alpha {_number(agreed['krippendorff_alpha'])} "
        f"over {agreed['things']} things"
    )
    yield ""
    yield from _table(
        ("label", "boxes", "images", "median size", "matched", "mean IoU"),
        [
            (
                each["label"],
                each["boxes"],
                each["images"],
                _share(each["size_share"]["median"]),
                _share(each["matched"] / each["drawn"] if each["drawn"] else None),
                _number(each["mean_iou"]),
            )
            for each in data["labels"]
        ],
    )
    if data["workers"]:
        yield ""
        yield from _table(
            ("worker", "images", "boxes", "empty", "median s", "p90 s", "agreement", "mean IoU", "alone"),
            [
                (
                    each["worker"],
                    each["images"],
                    each["boxes"],
                    each["empty"],
                    _number(each["seconds"]["median"], 1),
                    _number(each["seconds"]["p90"], 1),
                    _number(each["agreement"]),
                    _number(each["mean_iou"]),
                    _share(each["alone"] / each["compared"] if each["compared"] else None),
                )
                for each in data["workers"]
            ],
        )
    if data["look_again"]:
        yield ""
        yield f"{data['look_again_total']} images to look at again:"
        yield from (
            f"  row {each['row']}  {one_line(each['image'])}: {one_line('; '.join(each['reasons']))}"
            for each in data["look_again"]
        )


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    cells = [head, *[[one_line(str(cell)) for cell in row] for row in rows]]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    for row in cells:
        yield "  ".join([row[0].ljust(widths[0]), *(row[at].rjust(widths[at]) for at in range(1, len(head)))]).rstrip()


def _number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}" if value >= 0.001 or not value else f"{value:.4%}"
