"""Whose face can be recognised, as far as the attributes tell."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom import Dataset

from gtctl.scans.pixels.faces import Face, face
from tests.scans.dicom_files import dataset, item, ramp


def image(modality: str = "CT", **attributes: Any) -> Dataset:
    return dataset(ramp(), Modality=modality, **attributes)


@pytest.mark.parametrize(
    "part",
    [
        *("HEAD", "BRAIN", "SKULL", "NECK", "HEADNECK", "CSPINE", "C-SPINE", "ORBIT", "SINUS", "FACE", "JAW", "EAR"),
        *("EYE", "IAC", "TMJ", "WHOLEBODY", "WHOLE BODY", "PITUITARY", "MAXILLA", "CIRCLE OF WILLIS BRAIN"),
    ],
)
@pytest.mark.parametrize("modality", ["CT", "MR", "PT"])
def test_a_head_shows_a_face(part: str, modality: str) -> None:
    assert face(image(modality, BodyPartExamined=part)) is Face.YES


@pytest.mark.parametrize(
    "part",
    [
        *("CHEST", "ABDOMEN", "PELVIS", "LSPINE", "TSPINE", "KNEE", "HIP", "HEART", "BREAST", "HAND", "FOOT", "LEG"),
        *("ABDOMENPELVIS", "CHESTABDPELVIS", "LIVER", "PROSTATE", "SHOULDER", "EXTREMITY"),
    ],
)
def test_a_body_shows_none(part: str) -> None:
    assert face(image(BodyPartExamined=part)) is Face.NO


@pytest.mark.parametrize("part", ["", "SPINE", "OTHER", "TRUNK?", "X"])
def test_what_names_no_part_that_is_known_is_unknown(part: str) -> None:
    assert face(image(BodyPartExamined=part)) is Face.UNKNOWN


@pytest.mark.parametrize("keyword", ["StudyDescription", "SeriesDescription", "ProtocolName"])
@pytest.mark.parametrize(
    "text",
    ["CT Head w/o", "Routine Brain", "T2 Schädel", "crâne", "IRM cérébrale", "Craniofacial", "c-spine", "NNH"],
)
def test_a_description_that_names_a_head_wins_over_a_body(keyword: str, text: str) -> None:
    assert face(image(BodyPartExamined="CHEST", **{keyword: text})) is Face.YES
    assert face(image(**{keyword: text})) is Face.YES


@pytest.mark.parametrize("text", ["CT Abdomen/Pelvis", "thorax routine", "Knee left", "Leber dyn", "t1 legs"])
def test_a_description_may_name_a_body(text: str) -> None:
    assert face(image(SeriesDescription=text)) is Face.NO


@pytest.mark.parametrize("text", ["legacy converted", "delivery", "feet first supine", "shipped", "e+1"])
def test_what_only_sounds_like_a_body_does_not_let_a_face_through(text: str) -> None:
    assert face(image(SeriesDescription=text)) is Face.UNKNOWN


def test_coded_regions_and_procedures_count() -> None:
    assert face(image(AnatomicRegionSequence=[item(CodeMeaning="Head and Neck")])) is Face.YES
    assert face(image(AnatomicRegionSequence=[item(CodeMeaning="Thorax")])) is Face.NO
    assert face(image(ProcedureCodeSequence=[item(CodeMeaning="MRI brain")])) is Face.YES


def test_the_anatomy_of_a_frame_counts() -> None:
    anatomy = item(FrameAnatomySequence=[item(AnatomicRegionSequence=[item(CodeMeaning="Brain")])])
    assert face(image("MR", PerFrameFunctionalGroupsSequence=[anatomy])) is Face.YES
    assert face(image("MR", SharedFunctionalGroupsSequence=[anatomy])) is Face.YES


@pytest.mark.parametrize("modality", ["CR", "DX", "US", "MG", "NM", "XA"])
def test_other_modalities_make_no_surface(modality: str) -> None:
    made = image(modality, BodyPartExamined="HEAD")
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    assert face(made) is Face.NO


@pytest.mark.parametrize("below", ["2", "2.1", "4", "4.1", "128", "130", "13.1.2"])
def test_the_class_counts_whatever_the_modality(below: str) -> None:
    made = image("OT", BodyPartExamined="HEAD", SOPClassUID=f"1.2.840.10008.5.1.4.1.1.{below}")
    assert face(made) is Face.YES


def test_a_photograph_may_show_a_face() -> None:
    assert face(image("XC")) is Face.UNKNOWN
    assert face(image("XC", BodyPartExamined="FACE")) is Face.YES


@pytest.mark.parametrize(("declared", "known"), [("YES", Face.YES), ("NO", Face.NO)])
def test_the_attribute_for_it_is_believed(declared: str, known: Face) -> None:
    assert face(image("CR", RecognizableVisualFeatures=declared)) is known
    assert face(image(BodyPartExamined="HEAD", RecognizableVisualFeatures=declared)) is known
