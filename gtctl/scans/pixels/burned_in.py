"""Whether text that names a patient may be burned into the pixels, as far as the attributes tell.

The standard has one attribute for it, Burned In Annotation (0028,0301), which most objects may leave out (PS3.3
C.7.6.1). What is left out is judged by the kind of image: on scanners' own slices text is rare, on pictures of a
screen, of paper and of film it is the rule, and ultrasound and endoscopy devices draw the patient's name into the
picture that they store.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from gtctl.scans.pixels.descriptions import free_texts, functional_groups, plain, value, values

if TYPE_CHECKING:
    from pydicom import Dataset


class BurnedIn(StrEnum):
    """What is known about text in the pixels."""

    YES = "yes"
    NO = "no"
    LIKELY = "likely"
    UNLIKELY = "unlikely"


_CLASS = "1.2.840.10008.5.1.4.1.1."
# PS3.4 B.5 and its earlier editions. A class stands for all classes below it: 7 for 7, 7.1, ... 7.4.
_LIKELY_CLASSES = (
    "3",  # ultrasound multi-frame, 3.1 too
    "6",  # ultrasound, 6.1 and enhanced volume 6.2 too
    "7",  # secondary capture, single and multi-frame
    "14.1",  # intravascular OCT for presentation
    "77.1.1",  # endoscopy, video endoscopy (77.1.1.1)
    "77.1.2.1",  # video microscopy
    "77.1.4.1",  # video photography
)
_HARDCOPY_CLASSES = ("1.2.840.10008.5.1.1.29", "1.2.840.10008.5.1.1.30")

_LIKELY_MODALITIES = frozenset({"BMD", "DOC", "ES", "HC", "IVOCT", "IVUS", "KER", "OT", "US"})
_GREY_DETECTORS = frozenset({"CR", "CT", "DX", "IO", "MG", "MR", "NM", "PT", "PX", "RF", "RG", "XA"})
"""Modalities whose detectors see grey: colour comes from a workstation, which mostly saves what its screen shows."""

_CONVERSIONS = frozenset({"DF", "DRW", "DV", "SD", "SI", "WSD"})
"""Conversion Type (0008,0064) of film, drawings, video, documents, scans and screens (PS3.3 C.8.6.1)."""

# Label and overview are what slide scanners call their pictures of the slide's label (PS3.3 C.8.12.4.1.1).
_IMAGE_TYPES = re.compile(" screen|save |snapshot| capture|capture | dose | report | protocol | label | overview ")
_DESCRIPTIONS = re.compile(
    " (screen ?(save|shot|capture)s?|snap ?shots?|secondary capture|dose (report|info|sheet|record|summary)"
    "|(exam|patient) (protocol|summary|info)|scanned|fax|key images?|requisition|worksheet) "
)


def burned_in(dataset: Dataset) -> BurnedIn:
    """What the file says, else what images of its kind are like. A kind that is not told counts as LIKELY."""
    declared = value(dataset, "BurnedInAnnotation").upper()
    if "YES" in (declared, value(dataset, "SpecimenLabelInImage").upper()):
        return BurnedIn.YES
    if declared == "NO":
        return BurnedIn.NO
    return BurnedIn.LIKELY if declared or _is_likely(dataset) else BurnedIn.UNLIKELY


def _is_likely(dataset: Dataset) -> bool:
    sop_class = sop_class_of(dataset)
    modality = value(dataset, "Modality").upper()
    frame_types = [
        text
        for group in functional_groups(dataset)
        for macro in ("CTImageFrameTypeSequence", "MRImageFrameTypeSequence", "PETFrameTypeSequence")
        for item in group.get(macro) or ()
        for text in values(item, "FrameType")
    ]
    below = sop_class.removeprefix(_CLASS)
    return bool(
        not (sop_class and modality)
        or any(below == each or below.startswith(f"{each}.") for each in _LIKELY_CLASSES)
        or sop_class in _HARDCOPY_CLASSES
        or modality in _LIKELY_MODALITIES
        or (modality in _GREY_DETECTORS and value(dataset, "PhotometricInterpretation") not in _GREY)
        or value(dataset, "ConversionType").upper() in _CONVERSIONS
        or "DateOfSecondaryCapture" in dataset
        or "SecondaryCaptureDeviceManufacturer" in dataset
        or _IMAGE_TYPES.search(plain([*values(dataset, "ImageType"), *frame_types]))
        or _DESCRIPTIONS.search(free_texts(dataset))
    )


_GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})


def sop_class_of(dataset: Dataset) -> str:
    """The SOP class UID, from the dataset or else from the file's head; empty where neither has it."""
    meta = getattr(dataset, "file_meta", None)
    return value(dataset, "SOPClassUID") or (value(meta, "MediaStorageSOPClassUID") if meta is not None else "")
