"""A scan's stored values to the 8-bit grey or colour that a browser shows.

Grey values take the way of the DICOM grey-scale pipeline (PS3.4 N.2): modality transformation, then VOI window
or look-up table, then inversion. Of up to 16 bits there are at most 65,536 stored values, so the whole way is
computed once per value, and an image is one table look-up; the slices of a series share the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from gtctl.scans import dicom
from gtctl.scans.greyscale import (
    Rescale,
    group,
    is_hounsfield,
    is_inverted,
    levels,
    modality_of,
    modality_values,
    voi_of,
)
from gtctl.scans.pixels.decision import Decision
from gtctl.scans.pixels.regions import Region, black_out, covered
from gtctl.scans.ranges import window_of_range
from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.windows import FROM_FILE, Choice, Window

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset

FILE_LUT = "file-lut"
COLOUR = "colour"


@dataclass(frozen=True, slots=True)
class Frame:
    """One rendered image: uint8 pixels (rows, columns) or (rows, columns, 3), and how it came about.

    ``origin`` is the window's origin, "file-lut" for a VOI look-up table of the file, or "colour".
    ``blacked_out`` are the regions that the pixel policy took away.
    """

    pixels: np.ndarray
    origin: str
    window: Window | None = None
    blacked_out: tuple[Region, ...] = ()


def frames(dataset: Dataset, choice: Choice, decision: Decision | None = None) -> Iterator[Frame]:
    """Every frame of a dataset from ``dicom.read``, rendered with the window chosen and as the decision says.

    Colour is shown as it is. Raises Unusable where the pixels are damaged, the window does not fit, the decision
    refuses the image, a face cannot be cropped or text is found.
    """
    if decision and decision.refused:
        raise Unusable(decision.refused)
    grey = dataset.PhotometricInterpretation in dicom.GREY
    if grey and choice.needs_hounsfield_units and dicom.modality(dataset) != "CT":
        raise Unusable(Reason.NOT_HOUNSFIELD)
    rendered = _grey_frames(dataset, choice, decision) if grey else _colour_frames(dataset, decision)
    try:
        for frame in rendered:
            if decision and decision.find_text:
                from gtctl.scans.pixels.ocr import find_text

                if find_text(frame.pixels):
                    raise Unusable(Reason.TEXT_FOUND)
            yield frame
    except (Unusable, ImportError):
        raise
    except Exception as error:
        # Decoders raise what they like on damaged data.
        raise Unusable(Reason.BROKEN) from error


def stored_frames(dataset: Dataset, decision: Decision | None) -> Iterator[tuple[np.ndarray, tuple[Region, ...]]]:
    """Every frame's stored values (colour as RGB, palettes as indices) with what the decision blacks out black, and
    the regions that are. Grey is blacked out with the darkest value that is left in the frame."""
    for number, stored in enumerate(dicom.decode(dataset)):
        regions = _regions(dataset, number, stored, decision)
        yield (black_out(stored, regions, _darkest(dataset, stored, regions)) if regions else stored), regions


def _regions(dataset: Dataset, number: int, stored: np.ndarray, decision: Decision | None) -> tuple[Region, ...]:
    if decision is None or not decision.changes_pixels:
        return ()
    if not decision.crop:
        return decision.regions
    from gtctl.scans.pixels.cropping import front_of_head, orientation_of

    if stored.ndim != 2 or dataset.PhotometricInterpretation not in dicom.GREY:
        raise Unusable(Reason.CANNOT_CROP)
    values = modality_values(stored, modality_of(dataset, number))
    orientation = orientation_of(group(dataset, number, "PlaneOrientationSequence"))
    return (*decision.regions, front_of_head(values, orientation, is_hounsfield(dataset, number)))


def _darkest(dataset: Dataset, stored: np.ndarray, regions: Sequence[Region]) -> int:
    if dataset.PhotometricInterpretation not in dicom.GREY:
        return 0
    left = stored[~covered(regions, *stored.shape[:2])]
    if not left.size:
        return 0
    return left.max() if is_inverted(dataset) else left.min()  # type: ignore[no-any-return]


def _grey_frames(dataset: Dataset, choice: Choice, decision: Decision | None) -> Iterator[Frame]:
    inverted = is_inverted(dataset)
    of_range: Window | None = None
    for number, (stored, regions) in enumerate(stored_frames(dataset, decision)):
        modality = modality_of(dataset, number)
        if choice.needs_hounsfield_units and not is_hounsfield(dataset, number):
            raise Unusable(Reason.NOT_HOUNSFIELD)
        shown = choice.fixed or (voi_of(dataset, number) if choice.name == FROM_FILE else None)
        if shown is None:
            of_range = shown = of_range or _window_of_range(dataset, choice, decision, (stored, regions))
        pixels = _looked_up(stored, modality, shown, inverted)
        for each in regions:
            pixels[each.y : each.y + each.height, each.x : each.x + each.width] = 0
        window = shown if isinstance(shown, Window) else None
        yield Frame(pixels, window.origin if window else FILE_LUT, window, regions)


def _window_of_range(
    dataset: Dataset, choice: Choice, decision: Decision | None, first: tuple[np.ndarray, tuple[Region, ...]]
) -> Window:
    """The frames of a file share the window, so that they can be compared."""
    single = dicom.number_of_frames(dataset) == 1
    every = (
        (
            stored,
            modality_of(dataset, number),
            ~covered(regions, *stored.shape) if regions else None,
        )
        for number, (stored, regions) in enumerate([first] if single else stored_frames(dataset, decision))
    )
    return window_of_range(every, dataset, choice)


def _looked_up(stored: np.ndarray, modality: Rescale | Dataset, shown: Window | Dataset, inverted: bool) -> np.ndarray:
    import numpy as np

    if stored.dtype.itemsize > 2:
        # Too many values for a table. What is no number is black.
        values = modality_values(stored, modality)
        pixels = levels(np.nan_to_num(values), shown, inverted)
        pixels[np.isnan(values)] = 0
        return pixels
    native = np.ascontiguousarray(stored, stored.dtype.newbyteorder("="))
    cached = isinstance(modality, Rescale) and isinstance(shown, Window)
    table = (_cached_table if cached else _table)(native.dtype.str, modality, shown, inverted)
    # Every index is in range: "clip" only spares the check.
    return np.take(table, native.view(f"u{native.dtype.itemsize}"), mode="clip")


def _table(dtype: str, modality: Rescale | Dataset, shown: Window | Dataset, inverted: bool) -> np.ndarray:
    """The grey level (uint8) of every value that an integer type of up to 16 bits can store. Its index is the value
    taken as an unsigned one: negative values come after positive ones."""
    import numpy as np

    unsigned = np.dtype(f"u{np.dtype(dtype).itemsize}")
    stored = np.arange(np.iinfo(unsigned).max + 1, dtype=np.uint32).astype(unsigned).view(dtype).astype(np.int32)
    return levels(modality_values(stored, modality), shown, inverted)


_cached_table = lru_cache(maxsize=32)(_table)


def _colour_frames(dataset: Dataset, decision: Decision | None) -> Iterator[Frame]:
    import numpy as np
    from pydicom.pixels.processing import apply_color_lut

    bits = int(dataset.BitsStored)
    palette = dataset.PhotometricInterpretation == "PALETTE COLOR"
    if palette:
        bits = int(dataset.RedPaletteColorLookupTableDescriptor[2])
    highest = (1 << bits) - 1
    for stored, regions in stored_frames(dataset, decision):
        # A palette may have a fourth, transparent channel.
        samples = apply_color_lut(stored, dataset)[..., :3] if palette else stored
        if bits != 8:
            samples = np.minimum(samples.astype(np.uint64), highest) * 255 // highest
        pixels = samples.astype(np.uint8)
        yield Frame(black_out(pixels, regions, 0) if regions else pixels, COLOUR, None, regions)
