"""A scan's stored values to the 8-bit grey or colour that a browser shows.

Grey values take the way of the DICOM grey-scale pipeline (PS3.4 N.2): modality transformation, then VOI window
or look-up table, then inversion for MONOCHROME1. There are at most 65,536 stored values, so the whole way is
computed once per value and the image is one table look-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gtctl.scans import dicom
from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.windows import FROM_FILE, FULL_RANGE, Choice, Window

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset

FILE_LUT = "file-lut"
COLOUR = "colour"


@dataclass(frozen=True, slots=True)
class Frame:
    """One rendered image: uint8 pixels (rows, columns) or (rows, columns, 3), and how it came about.

    ``origin`` is the window's origin, "file-lut" for a VOI look-up table of the file, or "colour".
    """

    pixels: np.ndarray
    origin: str
    window: Window | None = None


def frames(dataset: Dataset, choice: Choice) -> Iterator[Frame]:
    """Every frame of a dataset from ``dicom.read``, rendered with the window chosen.

    Colour is shown as it is. Raises Unusable where the pixels are damaged, or the window does not fit.
    """
    grey = dataset.PhotometricInterpretation in dicom.GREY
    if grey and choice.needs_hounsfield_units and dicom.modality(dataset) != "CT":
        raise Unusable(Reason.NOT_HOUNSFIELD)
    rendered = _grey_frames(dataset, choice) if grey else _colour_frames(dataset)
    try:
        yield from rendered
    except (Unusable, ImportError):
        raise
    except Exception as error:
        # Decoders raise what they like on damaged data.
        raise Unusable(Reason.BROKEN) from error


def window_levels(values: np.ndarray, window: Window) -> np.ndarray:
    """Modality values (any shape) to grey levels 0.0 to 255.0, as in PS3.3 C.11.2.1.2.1 and C.11.2.1.3."""
    import numpy as np

    if window.function == "SIGMOID":
        # Far from the centre exp overflows to infinity, which gives the right end of the scale.
        with np.errstate(over="ignore"):
            return np.asarray(255 / (1 + np.exp(-4 * (values - window.center) / window.width)))
    center, width = window.center, window.width
    if window.function == "LINEAR":
        center, width = center - 0.5, width - 1
    if width == 0:
        return np.where(values > center, 255.0, 0.0)
    return np.clip(((values - center) / width + 0.5) * 255, 0, 255)


def _grey_frames(dataset: Dataset, choice: Choice) -> Iterator[Frame]:
    count = dicom.number_of_frames(dataset)
    full: Window | None = None
    table_of: tuple[object, object, object] | None = None
    for number, stored in enumerate(dicom.decode(dataset)):
        modality_group = _group(dataset, number, "PixelValueTransformationSequence")
        shown = _voi(dataset, number, choice)
        if shown is None:
            full = full or _full_range(dataset, [stored] if count == 1 else dicom.decode(dataset))
            shown = full
        # Frames of one scan mostly share their transformation; its table is then made once.
        if table_of != (modality_group, shown, stored.dtype):
            table_of = (modality_group, shown, stored.dtype)
            table = _grey_table(stored.dtype, modality_group, shown, dataset.PhotometricInterpretation)
        pixels = table[_as_index(stored)]
        yield Frame(pixels, shown.origin, shown) if isinstance(shown, Window) else Frame(pixels, FILE_LUT)


def _grey_table(
    dtype: np.dtype[np.generic], modality_group: Dataset, shown: Window | Dataset, photometric: str
) -> np.ndarray:
    """The grey level (uint8) of every value that ``dtype`` can store, in the order of ``_as_index``."""
    import numpy as np

    values = _modality_values(_stored_values(dtype), modality_group)
    levels = window_levels(values, shown) if isinstance(shown, Window) else _voi_lut_levels(values, shown)
    table = np.floor(levels + 0.5).astype(np.uint8)
    return 255 - table if photometric == "MONOCHROME1" else table


def _stored_values(dtype: np.dtype[np.generic]) -> np.ndarray:
    import numpy as np

    unsigned = np.dtype(f"u{dtype.itemsize}")
    every = np.arange(1 << 8 * dtype.itemsize, dtype=np.uint32).astype(unsigned)
    return every.view(dtype.newbyteorder("=")).astype(np.int32)


def _as_index(stored: np.ndarray) -> np.ndarray:
    """Stored values as positions in the order of ``_stored_values``: negative ones come after positive ones."""
    import numpy as np

    native = np.ascontiguousarray(stored, stored.dtype.newbyteorder("="))
    return native.view(f"u{native.dtype.itemsize}")


def _modality_values(stored: np.ndarray, group: Dataset) -> np.ndarray:
    import numpy as np
    from pydicom.pixels.processing import apply_modality_lut

    return np.asarray(apply_modality_lut(stored, group), dtype=np.float64)


def _voi_lut_levels(values: np.ndarray, group: Dataset) -> np.ndarray:
    import numpy as np
    from pydicom.pixels.processing import apply_voi

    depth = int(group.VOILUTSequence[0].LUTDescriptor[2])
    looked_up = apply_voi(np.rint(values).astype(np.int64), group)
    return np.clip(looked_up / ((1 << depth) - 1) * 255, 0, 255)


def _group(dataset: Dataset, frame: int, macro: str) -> Dataset:
    """Where a frame's attributes of a functional group macro stand: per frame, shared, or at the top (PS3.3 A.1.2)."""
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for groups in (*per_frame[frame : frame + 1], *shared[:1]):
        if found := groups.get(macro):
            group: Dataset = found[0]
            return group
    return dataset


def _voi(dataset: Dataset, frame: int, choice: Choice) -> Window | Dataset | None:
    """The chosen window; else the file's: the group that holds its VOI LUT, or its first window; None without one.

    Where a file has both, the LUT is taken: it is the maker's own curve for this image.
    """
    if choice.fixed or choice.name == FULL_RANGE:
        return choice.fixed
    group = _group(dataset, frame, "FrameVOILUTSequence")
    if group.get("VOILUTSequence"):
        return group
    center, width = _first(group, "WindowCenter"), _first(group, "WindowWidth")
    if center is None or width is None:
        return None
    window = Window(center, width, FROM_FILE, str(group.get("VOILUTFunction") or "LINEAR").upper())
    return window if window.is_usable else None


def _first(group: Dataset, keyword: str) -> float | None:
    value = group.get(keyword)
    if value is None or value == "":
        return None
    return float(value if group[keyword].VM == 1 else value[0])


def _full_range(dataset: Dataset, decoded: Iterable[np.ndarray]) -> Window:
    """The window from the lowest to the highest modality value of all frames, padding left out."""
    import numpy as np

    lowest, highest = np.inf, -np.inf
    for number, stored in enumerate(decoded):
        every = _stored_values(stored.dtype)
        present = np.bincount(_as_index(stored).ravel(), minlength=every.size) > 0
        image = present & ~_is_padding(dataset, every)
        values = _modality_values(every, _group(dataset, number, "PixelValueTransformationSequence"))
        values = values[image if image.any() else present]
        lowest, highest = min(lowest, float(values.min())), max(highest, float(values.max()))
    return Window((lowest + highest) / 2, (highest - lowest) or 1.0, FULL_RANGE, "LINEAR_EXACT")


def _is_padding(dataset: Dataset, stored: np.ndarray) -> np.ndarray:
    """Which values only fill the image up to a rectangle (PS3.3 C.7.5.1.1.2)."""
    import numpy as np

    value = dataset.get("PixelPaddingValue")
    if value is None:
        return np.zeros(stored.shape, dtype=bool)
    limit = dataset.get("PixelPaddingRangeLimit", value)
    return np.asarray((stored >= min(value, limit)) & (stored <= max(value, limit)))


def _colour_frames(dataset: Dataset) -> Iterator[Frame]:
    import numpy as np
    from pydicom.pixels.processing import apply_color_lut

    bits = int(dataset.BitsStored)
    palette = dataset.PhotometricInterpretation == "PALETTE COLOR"
    if palette:
        bits = int(dataset.RedPaletteColorLookupTableDescriptor[2])
    highest = (1 << bits) - 1
    for stored in dicom.decode(dataset):
        # A palette may have a fourth, transparent channel.
        samples = apply_color_lut(stored, dataset)[..., :3] if palette else stored
        if bits != 8:
            samples = np.minimum(samples.astype(np.uint32), highest) * 255 // highest
        yield Frame(samples.astype(np.uint8), COLOUR)
