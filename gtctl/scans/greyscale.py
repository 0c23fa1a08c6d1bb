"""The two transformations of a grey image: stored to modality values, and those to grey levels (PS3.4 N.2).

Each may stand at the top of a dataset or, in enhanced objects, in the functional groups of a frame. Here they are
found, and put into a form that can be applied to any number of values.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.windows import FROM_FILE, Window

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset


@dataclass(frozen=True, slots=True)
class Rescale:
    """modality value = slope * stored value + intercept (PS3.3 C.11.1.1.2)."""

    slope: float = 1.0
    intercept: float = 0.0


def group(dataset: Dataset, frame: int, macro: str) -> Dataset:
    """Where a frame's attributes of a functional group macro stand: per frame, shared, or at the top (PS3.3 A.1.2)."""
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for groups in (*per_frame[frame : frame + 1], *shared[:1]):
        if found := groups.get(macro):
            first: Dataset = found[0]
            return first
    return dataset


def modality_of(dataset: Dataset, frame: int) -> Rescale | Dataset:
    """A frame's modality transformation: a rescale, or the dataset that holds its Modality LUT Sequence.

    Raises Unusable for a slope of nothing, which no scanner writes.
    """
    holder = group(dataset, frame, "PixelValueTransformationSequence")
    if holder.get("ModalityLUTSequence"):
        return holder
    slope, intercept = _first(holder, "RescaleSlope"), _first(holder, "RescaleIntercept")
    if slope is None or intercept is None:
        return Rescale()
    if slope == 0 or not isfinite(slope) or not isfinite(intercept):
        raise Unusable(Reason.BROKEN)
    return Rescale(slope, intercept)


def is_hounsfield(dataset: Dataset, frame: int) -> bool:
    """Whether a frame's modality values are Hounsfield units: those of CT are unless it says another unit."""
    holder = group(dataset, frame, "PixelValueTransformationSequence")
    lut = holder.get("ModalityLUTSequence")
    unit = lut[0].get("ModalityLUTType") if lut else holder.get("RescaleType")
    return str(dataset.get("Modality", "")) == "CT" and str(unit or "HU").strip() == "HU"


def modality_values(stored: np.ndarray, modality: Rescale | Dataset) -> np.ndarray:
    """Stored values of any integer or float type to modality values (float64)."""
    import numpy as np

    if isinstance(modality, Rescale):
        return stored * np.float64(modality.slope) + modality.intercept
    from pydicom.pixels.processing import apply_modality_lut

    return np.asarray(apply_modality_lut(stored, modality), dtype=np.float64)


def voi_of(dataset: Dataset, frame: int) -> Window | Dataset | None:
    """What the file wants shown: the dataset with a VOI LUT Sequence, or the first window; None without either.

    Where a file has both, the LUT is taken: it is the maker's own curve for this image.
    """
    holder = group(dataset, frame, "FrameVOILUTSequence")
    if holder.get("VOILUTSequence"):
        return holder
    center, width = _first(holder, "WindowCenter"), _first(holder, "WindowWidth")
    if center is None or width is None:
        return None
    window = Window(center, width, FROM_FILE, str(holder.get("VOILUTFunction") or "LINEAR").strip().upper())
    return window if window.is_usable else None


def levels(values: np.ndarray, shown: Window | Dataset, inverted: bool) -> np.ndarray:
    """Modality values to grey levels (uint8) by a window, or by the first VOI LUT of a dataset."""
    import numpy as np

    exact = window_levels(values, shown) if isinstance(shown, Window) else _lut_levels(values, shown)
    rounded: np.ndarray = np.floor(exact + 0.5).astype(np.uint8)
    return 255 - rounded if inverted else rounded


def window_levels(values: np.ndarray, window: Window) -> np.ndarray:
    """Modality values (any shape) to grey levels 0.0 to 255.0, as in PS3.3 C.11.2.1.2.1 and C.11.2.1.3."""
    import numpy as np

    center, width = window.center, window.width
    # What overflows far from the centre becomes infinite, which gives the right end of the scale.
    with np.errstate(over="ignore"):
        if window.function == "SIGMOID":
            return np.asarray(255 / (1 + np.exp(-4 * (values - center) / width)))
        if window.function == "LINEAR":
            center, width = center - 0.5, width - 1
        if width == 0:
            return np.where(values > center, 255.0, 0.0)
        return np.clip(((values - center) / width + 0.5) * 255, 0, 255)


def is_inverted(dataset: Dataset) -> bool:
    """Whether low values are shown bright: MONOCHROME1, or MONOCHROME2 with the Presentation LUT Shape INVERSE.

    The shape says for MONOCHROME1 what that says itself (PS3.3 C.8.11.3.1.2): it does not invert back.
    """
    shape = str(dataset.get("PresentationLUTShape", "")).strip().upper()
    return dataset.PhotometricInterpretation == "MONOCHROME1" or shape == "INVERSE"


def _lut_levels(values: np.ndarray, holder: Dataset) -> np.ndarray:
    import numpy as np
    from pydicom.pixels.processing import apply_voi

    depth = int(holder.VOILUTSequence[0].LUTDescriptor[2])
    looked_up = apply_voi(np.rint(values).astype(np.int64), holder)
    return np.clip(looked_up / ((1 << depth) - 1) * 255, 0, 255)


def _first(holder: Dataset, keyword: str) -> float | None:
    value = holder.get(keyword)
    if value is None or value == "":
        return None
    return float(value if holder[keyword].VM == 1 else value[0])
