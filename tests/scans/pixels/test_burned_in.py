"""Which images mostly have text in their pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import UID

from gtctl.scans.pixels.burned_in import BurnedIn, burned_in
from tests.scans.dicom_files import dataset, item, ramp

CLASS = "1.2.840.10008.5.1.4.1.1."


def image(**attributes: Any) -> Dataset:
    """A CT slice with other attributes."""
    return dataset(ramp(), SOPClassUID=f"{CLASS}2", ImageType=["ORIGINAL", "PRIMARY", "AXIAL"], **attributes)


def test_a_slice_of_a_scanner_is_not_expected_to_have_text() -> None:
    assert burned_in(image()) is BurnedIn.UNLIKELY


@pytest.mark.parametrize(
    ("declared", "known"),
    [
        ("YES", BurnedIn.YES),
        ("yes ", BurnedIn.YES),
        ("NO", BurnedIn.NO),
        ("", BurnedIn.UNLIKELY),
        ("MAYBE", BurnedIn.LIKELY),
    ],
)
def test_the_attribute_is_believed(declared: str, known: BurnedIn) -> None:
    assert burned_in(image(BurnedInAnnotation=declared)) is known


@pytest.mark.parametrize(
    "attributes",
    [
        {"Modality": "US"},
        {"Modality": "IVUS"},
        {"Modality": "ES"},
        {"Modality": "OT"},
        {"Modality": ""},
        {"SOPClassUID": ""},
        {"SOPClassUID": f"{CLASS}7"},
        {"SOPClassUID": f"{CLASS}7.1"},
        {"SOPClassUID": f"{CLASS}7.2"},
        {"SOPClassUID": f"{CLASS}7.3"},
        {"SOPClassUID": f"{CLASS}7.4"},
        {"SOPClassUID": f"{CLASS}3.1"},
        {"SOPClassUID": f"{CLASS}6"},
        {"SOPClassUID": f"{CLASS}6.1"},
        {"SOPClassUID": f"{CLASS}6.2"},
        {"SOPClassUID": f"{CLASS}77.1.1.1"},
        {"SOPClassUID": "1.2.840.10008.5.1.1.30"},
        {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]},
        {"ImageType": ["DERIVED", "SECONDARY", "ScreenSave"]},
        {"ImageType": ["DERIVED", "SECONDARY", "SCREEN_CAPTURE"]},
        {"ImageType": ["DERIVED", "PRIMARY", "LABEL", "NONE"]},
        {"ImageType": ["DERIVED", "SECONDARY", "DOSE_INFO", "DOSE"]},
        {"ConversionType": "DF"},
        {"ConversionType": "WSD"},
        {"DateOfSecondaryCapture": "20200101"},
        {"SecondaryCaptureDeviceManufacturer": "x"},
        {"SeriesDescription": "Dose Report"},
        {"SeriesDescription": "PATIENT-PROTOCOL"},
        {"StudyDescription": "Screenshots of the console"},
        {"PhotometricInterpretation": "RGB"},
    ],
    ids=str,
)
def test_a_picture_of_a_screen_of_film_or_of_a_console_is_likely_to_have_text(attributes: dict[str, Any]) -> None:
    made = image()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    if not attributes.get("SOPClassUID", "x"):
        del made.file_meta.MediaStorageSOPClassUID
    assert burned_in(made) is BurnedIn.LIKELY


@pytest.mark.parametrize(
    "attributes",
    [
        {"ImageType": ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"]},
        {"ImageType": ["DERIVED", "SECONDARY", "MPR"]},
        {"SeriesDescription": "Perfusion, reported"},
        {"Modality": "MR", "SOPClassUID": f"{CLASS}4"},
        {"Modality": "CR", "SOPClassUID": f"{CLASS}1"},
        {"Modality": "NM", "SOPClassUID": f"{CLASS}20"},
        {"Modality": "PT", "SOPClassUID": f"{CLASS}128"},
    ],
    ids=str,
)
def test_other_images_are_not(attributes: dict[str, Any]) -> None:
    made = image()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    assert burned_in(made) is BurnedIn.UNLIKELY


def test_the_class_in_the_files_head_counts_where_the_dataset_names_none() -> None:
    made = dataset(ramp(), ImageType=["ORIGINAL", "PRIMARY"])
    assert "SOPClassUID" not in made
    assert burned_in(made) is BurnedIn.UNLIKELY
    made.file_meta.MediaStorageSOPClassUID = UID(f"{CLASS}7")
    assert burned_in(made) is BurnedIn.LIKELY


def test_the_frame_types_of_enhanced_objects_count() -> None:
    groups = item(CTImageFrameTypeSequence=[item(FrameType=["DERIVED", "SECONDARY", "SCREEN SAVE"])])
    assert burned_in(image(SharedFunctionalGroupsSequence=[groups])) is BurnedIn.LIKELY


def test_a_slide_whose_label_is_in_the_image_has_text() -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    made = dataset(pixels, Modality="SM", SOPClassUID=f"{CLASS}77.1.6", ImageType=["ORIGINAL", "PRIMARY", "VOLUME"])
    assert burned_in(made) is BurnedIn.UNLIKELY
    made.SpecimenLabelInImage = "YES"
    assert burned_in(made) is BurnedIn.YES
