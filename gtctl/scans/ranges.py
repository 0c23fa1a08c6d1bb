"""Windows that are found in the pixels: from the lowest to the highest value, or between two percentiles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gtctl.scans.greyscale import Rescale, modality_values
from gtctl.scans.windows import FULL_RANGE, Choice, Window

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset

_SUMMARY = 1 << 16


def window_of_range(
    frames: Iterable[tuple[np.ndarray, Rescale | Dataset, np.ndarray | None]], dataset: Dataset, choice: Choice
) -> Window:
    """The window that the values of all frames span; with a percentile choice, all but the values beyond them.

    ``frames`` are stored values, their modality transformation, and which pixels count (None: all). Padding never
    counts, unless there is nothing else. Memory does not grow with the number of frames.
    """
    import numpy as np

    values, weights = np.empty(0), np.empty(0)
    padding = (np.empty(0), np.empty(0))
    for stored, modality, counted in frames:
        found, counts = _summary(stored if counted is None else stored[counted])
        filler = _is_padding(dataset, found)
        found = modality_values(found, modality)
        values, weights = _merged(values, weights, found[~filler], counts[~filler])
        padding = _merged(*padding, found[filler], counts[filler])
    if not values.size:
        values, weights = padding if padding[0].size else (np.zeros(1), np.ones(1))
    low, high = choice.percentiles or (0.0, 100.0)
    # The lowest value that at least ``low`` percent of the pixels do not exceed, and likewise for ``high``.
    share = np.cumsum(weights) / weights.sum() * 100
    lowest, highest = (float(values[min(int(np.searchsorted(share, each)), values.size - 1)]) for each in (low, high))
    origin = choice.name if choice.percentiles else FULL_RANGE
    return Window((lowest + highest) / 2, (highest - lowest) or 1.0, origin, "LINEAR_EXACT")


def _summary(stored: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values in rising order and how many pixels have each; for 32 bits and more, at most 65,536 of them in even
    steps of rank, the lowest and the highest included."""
    import numpy as np

    if stored.dtype.kind != "f" and stored.dtype.itemsize <= 2:
        unsigned = np.ascontiguousarray(stored, stored.dtype.newbyteorder("=")).view(f"u{stored.dtype.itemsize}")
        counts = np.bincount(unsigned.ravel(), minlength=1)
        present = np.flatnonzero(counts)
        values = present.astype(unsigned.dtype).view(stored.dtype.newbyteorder("=")).astype(np.int64)
        order = np.argsort(values)
        return values[order], counts[present][order].astype(np.float64)
    every = np.sort(stored[np.isfinite(stored)], axis=None).astype(np.float64)
    if every.size > _SUMMARY:
        picked = every[np.linspace(0, every.size - 1, _SUMMARY).round().astype(np.int64)]
        return picked, np.full(_SUMMARY, every.size / _SUMMARY)
    return every, np.ones(every.size)


def _merged(
    values: np.ndarray, weights: np.ndarray, more: np.ndarray, more_weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    if not values.size:
        order = np.argsort(more, kind="stable")
        return more[order], more_weights[order]
    both, place = np.unique(np.concatenate((values, more)), return_inverse=True)
    total = np.bincount(place, np.concatenate((weights, more_weights)), both.size)
    if both.size <= 2 * _SUMMARY:
        return both, total
    # Neighbours are put together, the two ends kept.
    inner, inner_weights = both[1:-1], total[1:-1]
    pairs = inner.size // 2
    halved = inner_weights[: 2 * pairs].reshape(pairs, 2).sum(axis=1)
    return (
        np.concatenate((both[:1], inner[1 : 2 * pairs : 2], inner[2 * pairs :], both[-1:])),
        np.concatenate((total[:1], halved, inner_weights[2 * pairs :], total[-1:])),
    )


def _is_padding(dataset: Dataset, stored: np.ndarray) -> np.ndarray:
    """Which values only fill the image up to a rectangle (PS3.3 C.7.5.1.1.2)."""
    import numpy as np

    value = dataset.get("PixelPaddingValue")
    if value is None or value == "":
        return np.zeros(stored.shape, dtype=bool)
    limit = dataset.get("PixelPaddingRangeLimit", value)
    return np.asarray((stored >= min(value, limit)) & (stored <= max(value, limit)))
