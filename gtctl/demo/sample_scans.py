"""A CT series to try things on, made from the two real CT slices of use that come with pydicom.

Of pydicom's other CT files, 693_J2KI.dcm is compressed beyond recognition, and those of its DICOMDIR sample are
16 x 16 pixels.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset

# File -> the window that shows it well; None where the file has its own.
_REAL: dict[str, tuple[float, float] | None] = {"CT_small.dcm": (40, 400), "J2K_pixelrep_mismatch.dcm": None}
_DERIVED_PER_SLICE = 12


@dataclass(frozen=True, slots=True)
class SeriesNote:
    """How many slices are real and how many derived from them, and a sentence that says so."""

    real: int
    derived: int
    note: str


def write_series(folder: Path) -> SeriesNote:
    """Write the series into ``folder`` (made if missing): the same bytes every time.

    Beside the slices lie a text file and a DICOM file that breaks off, to show that they are skipped.
    """
    import pydicom

    samples = Path(pydicom.__file__).parent / "data" / "test_files"
    folder.mkdir(parents=True, exist_ok=True)
    for name, window in _REAL.items():
        shutil.copyfile(samples / name, folder / name)
        stored = pydicom.dcmread(samples / name).pixel_array
        for number in range(1, _DERIVED_PER_SLICE + 1):
            derived = pydicom.dcmread(samples / name)
            _derive(derived, stored, number, window)
            derived.save_as(folder / f"{Path(name).stem}-derived-{number:02}.dcm")
    whole = (samples / next(iter(_REAL))).read_bytes()
    (folder / "broken-off.dcm").write_bytes(whole[: len(whole) // 2])
    (folder / "notes.txt").write_text("Not a scan.\n", encoding="utf-8")
    real, derived_count = len(_REAL), len(_REAL) * _DERIVED_PER_SLICE
    note = (
        f"{real + derived_count} CT slices: {real} real ones from pydicom's test data, and {derived_count} derived "
        "from them by small rotations, zooms and shifts"
    )
    return SeriesNote(real, derived_count, note)


def _derive(dataset: Dataset, stored: np.ndarray, number: int, window: tuple[float, float] | None) -> None:
    """Make of a slice and its stored values an image of its own, moved a little (PS3.3 C.7.6.1.1.2, C.7.6.1.1.3)."""
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    rotation = (number - 6.5) * 1.5
    zoom = 1 + 0.02 * (number % 5 - 1)
    shift = (2.0 * (number % 4) - 3, 1.5 * (number % 3) - 1.5)
    pixels = _moved(stored, rotation, zoom, shift)

    uid = generate_uid(entropy_srcs=["gtctl demo", dataset.SOPInstanceUID, str(number)])
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OW"
    dataset["PixelData"].is_undefined_length = False
    dataset.BitsStored = dataset.BitsAllocated = 8 * pixels.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
    dataset.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    dataset.DerivationDescription = f"rotated by {rotation:g} degrees, zoomed by {zoom:g}, shifted"
    dataset.InstanceNumber = number + 1
    if window:
        dataset.WindowCenter, dataset.WindowWidth = window


def _moved(stored: np.ndarray, rotation: float, zoom: float, shift: tuple[float, float]) -> np.ndarray:
    """Stored values (rows, columns) rotated (degrees) and zoomed about the centre, shifted (pixels); same type."""
    import numpy as np
    from PIL import Image

    rows, columns = stored.shape
    center_y, center_x = (rows - 1) / 2, (columns - 1) / 2
    cos, sin = np.cos(np.radians(rotation)) / zoom, np.sin(np.radians(rotation)) / zoom
    # Pillow asks where each pixel of the result comes from: x' = ax + by + c.
    matrix = (
        cos,
        sin,
        center_x - shift[0] - cos * center_x - sin * center_y,
        -sin,
        cos,
        center_y - shift[1] + sin * center_x - cos * center_y,
    )
    picture = Image.fromarray(stored.astype(np.float32))
    moved = picture.transform(
        (columns, rows), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=float(stored.min())
    )
    result: np.ndarray = np.rint(np.asarray(moved)).astype(stored.dtype)
    return result
