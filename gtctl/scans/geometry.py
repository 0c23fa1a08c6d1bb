"""Where in the patient a pixel lies, as far as the file says (PS3.3 C.7.6.2, and C.7.6.16 for multi-frame objects)."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from gtctl.scans.greyscale import group
from gtctl.scans.ledger import Geometry

if TYPE_CHECKING:
    from pydicom import Dataset

    from gtctl.scans.deidentify.pseudonyms import Pseudonyms


def geometry(dataset: Dataset, frame: int, pseudonyms: Pseudonyms) -> Geometry:
    """The geometry of a frame (counted from 0). What the file leaves out, or says in a way that is none, is None."""
    from pydicom._uid_dict import UID_dictionary

    # What the standard itself defines, such as an atlas of the brain, names nobody.
    uid = str(dataset.get("FrameOfReferenceUID") or "")
    measures = group(dataset, frame, "PixelMeasuresSequence")
    position = _numbers(group(dataset, frame, "PlanePositionSequence"), "ImagePositionPatient", 3)
    orientation = _numbers(group(dataset, frame, "PlaneOrientationSequence"), "ImageOrientationPatient", 6)
    spacing = _numbers(measures, "PixelSpacing", 2)
    thickness = _numbers(measures, "SliceThickness", 1)
    return Geometry(
        frame_of_reference=uid if uid in UID_dictionary else pseudonyms.uid(uid) if uid else None,
        position=(position[0], position[1], position[2]) if position else None,
        orientation=tuple(orientation) if orientation else None,  # type: ignore[arg-type]
        spacing=(spacing[0], spacing[1]) if spacing else None,
        slice_thickness=thickness[0] if thickness else None,
    )


def _numbers(holder: Dataset, keyword: str, count: int) -> list[float] | None:
    """The values of an attribute if they are ``count`` finite numbers."""
    try:
        value = holder.get(keyword)
        numbers = [float(each) for each in (value if count > 1 else [value])]
    except Exception:
        # A damaged attribute is as good as none: the image itself is not worse for it.
        return None
    return numbers if len(numbers) == count and all(map(isfinite, numbers)) else None
