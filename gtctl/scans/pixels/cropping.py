"""The front of a head, which is blacked out so that no face is left: found by the image's own geometry.

Blacked out and not cut off: the image keeps its size, so a box that is drawn on it still has the coordinates of the
scan, and the slices of a series still fit on each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtctl.scans.pixels.regions import Region
from gtctl.scans.skipping import Reason, Unusable

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset

FRACTION = 1 / 3
"""How much of the head's depth is taken away, from the front. At the height of the eyes that is some 6 cm."""

_STEEPEST = 0.7071
"""Up to 45 degrees between the image's rows or columns and the direction in which the patient looks."""

_AIR_HU = -300
# Other modalities have no scale: what is darker than this part of the bright tissue counts as air.
_AIR = 0.15
# The head starts, seen from the front, where a line crosses at least this part of its greatest breadth: nose, tubes
# and ghosts before it do not push the cut forward. At the back little is enough, which pushes the cut backward.
_BREADTH_AT_FRONT, _BREADTH_AT_BACK = 0.25, 0.05


def front_of_head(values: np.ndarray, orientation: list[float] | None, hounsfield: bool) -> Region:
    """The region to black out in one frame.

    ``values`` are modality values (rows, columns), ``orientation`` the six direction cosines of Image Orientation
    (Patient), (0020,0037): along a row first, x to the left, y to the back, z to the top of the patient. Everything
    before the cut goes, over the whole breadth. Raises Unusable where the front lies before or behind the image
    (coronal slices), or where no orientation tells.
    """
    import numpy as np

    if orientation is None or len(orientation) != 6 or not np.isfinite(orientation).all():
        raise Unusable(Reason.CANNOT_CROP)
    # How much one looks to the front when going along a row, and along a column.
    along_row, along_column = -orientation[1], -orientation[4]
    if max(abs(along_row), abs(along_column)) < _STEEPEST:
        raise Unusable(Reason.CANNOT_CROP)
    rows, columns = values.shape
    across = 1 if abs(along_column) >= abs(along_row) else 0
    front_is_last = (along_column if across == 1 else along_row) > 0

    breadth = _tissue(values, hounsfield).sum(axis=across)
    depth = _cut(breadth[::-1] if front_is_last else breadth)
    start = breadth.size - depth if front_is_last else 0
    return Region(0, start, columns, depth) if across == 1 else Region(start, 0, depth, rows)


def orientation_of(group: Dataset) -> list[float] | None:
    """Image Orientation (Patient) of the dataset or functional group item that holds it."""
    found = group.get("ImageOrientationPatient")
    return [float(each) for each in found] if found else None


def _tissue(values: np.ndarray, hounsfield: bool) -> np.ndarray:
    import numpy as np

    if hounsfield:
        threshold = float(_AIR_HU)
    else:
        dark, bright = np.percentile(values, (1, 99))
        threshold = float(dark + _AIR * (bright - dark))
    return np.asarray(values > threshold)


def _cut(breadth: np.ndarray) -> int:
    """How many lines go, given the breadth of tissue on each line from the front to the back."""
    import numpy as np

    widest = int(breadth.max())
    if widest == 0:
        return max(1, round(breadth.size * FRACTION))
    middle = int(breadth.argmax())
    thin = np.flatnonzero(breadth[:middle] < _BREADTH_AT_FRONT * widest)
    front = int(thin[-1]) + 1 if thin.size else 0
    thin = np.flatnonzero(breadth[middle:] < _BREADTH_AT_BACK * widest)
    back = middle + int(thin[0]) if thin.size else breadth.size
    return min(breadth.size, front + max(1, int(np.ceil((back - front) * FRACTION))))
