"""A DICOM object that tells nothing of whose it is, and says how it was de-identified (PS3.15 Annex E)."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from gtctl import __version__
from gtctl.scans.deidentify.attributes import Cleaning, cleaned
from gtctl.scans.deidentify.profile import EDITION, rules
from gtctl.scans.deidentify.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset

# CID 7050, De-identification Method.
_BASIC_PROFILE = ("113100", "Basic Application Confidentiality Profile")
_CLEAN_PIXELS = ("113101", "Clean Pixel Data Option")
_CLEAN_FACES = ("113102", "Clean Recognizable Visual Features Option")
_MODIFIED_DATES = ("113107", "Retain Longitudinal Temporal Information Modified Dates Option")
_PATIENT_CHARACTERISTICS = ("113108", "Retain Patient Characteristics Option")

# JPEG baseline and extended, JPEG-LS near-lossless.
_ALWAYS_LOSSY = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81")

# Of type 2 in every image: there, even if the source had forgotten them.
_ALWAYS_THERE = (
    "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "PatientBirthDate", "PatientSex", "StudyID",
    "SeriesNumber", "InstanceNumber",
)  # fmt: skip


def deidentified(
    dataset: Dataset,
    pseudonyms: Pseudonyms,
    *,
    cleaned_pixels: bool,
    face: str,
    frames: Iterable[np.ndarray] | None = None,
    keep_patient_characteristics: bool = False,
) -> Dataset:
    """A new object from ``dataset`` (as ``dicom.read`` gives it), which is not changed. ``encoded`` makes it a file.

    ``cleaned_pixels`` says that text was blacked out of ``frames``; ``face`` is the pixel policy's word: "cropped",
    "not-expected", or another, which means that a face may show. ``frames`` are the pixels to write, as
    ``dicom.decode`` gives them; without them the dataset is decoded. ``keep_patient_characteristics`` keeps sex, ages
    up to 90, size, weight, smoking and pregnancy. Raises Unusable for an object that does not say what it is, or whose
    pixels cannot be written.
    """
    from pydicom._uid_dict import UID_dictionary

    from gtctl.scans import dicom
    from gtctl.scans.skipping import Reason, Unusable

    cleaning = Cleaning(
        rules(keep_patient_characteristics),
        pseudonyms,
        pseudonyms.shift(dataset),
        big_endian=dataset.original_encoding[1] is False,
    )
    target = cleaned(dataset, cleaning)
    if _uid(target, "SOPClassUID") not in UID_dictionary or not _uid(target, "SOPInstanceUID"):
        raise Unusable(Reason.BROKEN)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID"):
        if not _uid(target, keyword):
            # An image that belongs to no series is one of its own.
            setattr(target, keyword, pseudonyms.uid(f"{keyword} {target.SOPInstanceUID}"))
    target.SpecificCharacterSet = "ISO_IR 192"
    target.PatientID = target.PatientName = pseudonyms.patient(dataset)
    for keyword in _ALWAYS_THERE:
        if keyword not in target:
            setattr(target, keyword, "")
    try:
        _put_pixels(target, dicom.decode(dataset) if frames is None else frames)
    except (Unusable, ImportError, MemoryError):
        raise
    except Exception as error:
        raise Unusable(Reason.BROKEN) from error
    if dataset.file_meta.TransferSyntaxUID in _ALWAYS_LOSSY:
        # The compression is gone from the object, its losses are not.
        target.LossyImageCompression = "01"
    _say_how(target, cleaned_pixels, face, keep_patient_characteristics)
    _put_file_meta(target)
    return target


def _uid(target: Dataset, keyword: str) -> str:
    """A UID that must be one; empty for none and for several."""
    found = target.get(keyword)
    return found if isinstance(found, str) else ""


def encoded(target: Dataset) -> bytes:
    """The object as a DICOM file (PS3.10), explicit VR little endian. Raises Unusable where it cannot be written."""
    from gtctl.scans.skipping import Reason, Unusable

    stream = io.BytesIO()
    try:
        target.save_as(stream, implicit_vr=False, little_endian=True, enforce_file_format=True)
    except MemoryError:
        raise
    except Exception as error:
        raise Unusable(Reason.BROKEN) from error
    return stream.getvalue()


def _put_pixels(target: Dataset, frames: Iterable[np.ndarray]) -> None:
    from gtctl.scans.deidentify.pixels import put_pixels

    put_pixels(target, frames)
    if target.PhotometricInterpretation == "PALETTE COLOR" and "RedPaletteColorLookupTableData" not in target:
        raise ValueError("a palette that is segmented, or of another length than it says")


def _say_how(target: Dataset, cleaned_pixels: bool, face: str, characteristics: bool) -> None:
    methods = [_BASIC_PROFILE, _MODIFIED_DATES]
    if cleaned_pixels:
        methods.append(_CLEAN_PIXELS)
        target.BurnedInAnnotation = "NO"
    if face == "cropped":
        methods.append(_CLEAN_FACES)
    target.RecognizableVisualFeatures = "NO" if face in ("cropped", "not-expected") else "YES"
    if characteristics:
        methods.append(_PATIENT_CHARACTERISTICS)
    if cleaned_pixels or face == "cropped":
        target.ImageType = ["DERIVED", *list(target.get("ImageType") or ["", "SECONDARY"])[1:]]
        for keyword in ("SmallestImagePixelValue", "LargestImagePixelValue"):
            if keyword in target:
                del target[keyword]
    target.PatientIdentityRemoved = "YES"
    target.DeidentificationMethod = [f"gtctl {__version__}", f"DICOM PS3.15 {EDITION} Annex E, table E.1-1"]
    target.DeidentificationMethodCodeSequence = [_code(*each) for each in methods]
    target.LongitudinalTemporalInformationModified = "MODIFIED"


def _code(value: str, meaning: str) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def _put_file_meta(target: Dataset) -> None:
    """Nothing of the source's file meta information is copied, nor its preamble."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = target.SOPClassUID, target.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    target.file_meta = meta
