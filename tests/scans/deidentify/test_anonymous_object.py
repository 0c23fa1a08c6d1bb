from __future__ import annotations

import io
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset, config, dcmread, dcmwrite
from pydicom.data import get_testdata_file
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import Tag
from pydicom.uid import UID, ExplicitVRBigEndian

from gtctl.scans import dicom
from gtctl.scans.deidentify import Pseudonyms, deidentified, encoded
from gtctl.scans.deidentify.profile import rules
from gtctl.scans.skipping import Unusable
from tests.scans.deidentify import planted
from tests.scans.dicom_files import content, item

PSEUDONYMS = Pseudonyms(bytes(range(32)))

# Written by us, from the source's identifiers.
OURS = {0x00100010, 0x00100020, 0x00120062, 0x00120063, 0x00120064}


def made(source: Dataset, **options: Any) -> Dataset:
    """The de-identified object as somebody else reads it from its file."""
    with dicom.quiet():
        return dcmread(io.BytesIO(made_bytes(source, **options)))


def made_bytes(source: Dataset, **options: Any) -> bytes:
    with dicom.quiet():
        chosen: dict[str, Any] = {"cleaned_pixels": False, "face": "not-expected"} | options
        return encoded(deidentified(source, PSEUDONYMS, **chosen))


def as_read(source: Dataset) -> Dataset:
    """The dataset through a file, with elements as raw as a file's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dicom.read(content(source))


@pytest.mark.parametrize("vr", [None, *planted.WRONG])
def test_no_attribute_of_the_table_survives_in_any_place_and_representation(vr: str | None) -> None:
    source = planted.planted_everywhere(vr)
    with dicom.quiet():
        written = made_bytes(as_read(source))

        assert planted.MARK.encode() not in written
        assert planted.MARK.encode("utf-16-le") not in written
        result = dcmread(io.BytesIO(written))
        before = {path: str(element.value) for path, element in planted.walk(source)}
        table = set(planted.tags())
        after = {path: str(element.value) for path, element in planted.walk(result) if path[-1] in table}
        unchanged = [path for path, value in after.items() if value and value == before.get(path)]
        private = [path for path, element in planted.walk(result) if any(Tag(tag).is_private for tag in path[::2])]
    assert len(table) > 620
    assert unchanged == []
    assert private == []
    assert not any(tag >> 24 in (0x50, 0x60) for path, _ in planted.walk(result) for tag in path[::2])


def test_the_planted_object_still_has_what_the_profile_retains() -> None:
    result = made(as_read(planted.planted_everywhere()))

    deepest = result.SharedFunctionalGroupsSequence[0].PlanePositionSequence[0].SourceImageSequence[0]
    for level in (result, deepest):
        assert level.FrameOfReferenceUID.startswith("2.25.")
        assert level.AcquisitionDateTime.startswith("19")
        assert level.AccessionNumber == ""
        assert level.DeviceSerialNumber == "REMOVED"


def test_identifiers_in_every_attribute_that_takes_text_leave_no_trace() -> None:
    source = planted.slice_of()
    for tag in sorted({int(element.tag) for element in source} | set(rules())):
        vr = planted.representation(tag)
        if vr in (*planted.TEXT, "OB", "OW", "UN", "SQ") and tag not in (0x7FE00010, 0x00280004):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                source.add(DataElement(tag, vr, planted.value(vr)))
    source.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL", "DOE^JOHN PLANTED"]

    written = made_bytes(as_read(source))

    assert b"PLANTED" not in written
    result = dcmread(io.BytesIO(written))
    assert result.Modality == "OT"
    assert list(result.ImageType) == ["ORIGINAL", "PRIMARY", "AXIAL"]


def test_the_object_says_how_it_was_deidentified() -> None:
    plain = made(planted.slice_of())
    masked = made(planted.slice_of(), cleaned_pixels=True, face="cropped", keep_patient_characteristics=True)

    assert plain.PatientIdentityRemoved == "YES"
    assert plain.DeidentificationMethod[0].startswith("gtctl ")
    assert "PS3.15 2026c" in plain.DeidentificationMethod[1]
    assert plain.LongitudinalTemporalInformationModified == "MODIFIED"
    assert [each.CodeValue for each in plain.DeidentificationMethodCodeSequence] == ["113100", "113107"]
    codes = [each.CodeValue for each in masked.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113107", "113101", "113102", "113108"]
    assert (masked.BurnedInAnnotation, masked.RecognizableVisualFeatures) == ("NO", "NO")
    assert masked.ImageType[0] == "DERIVED"
    assert made(planted.slice_of(), face="accepted").RecognizableVisualFeatures == "YES"


def test_an_earlier_claim_of_deidentification_is_not_taken_over() -> None:
    source = planted.slice_of()
    source.DeidentificationMethod = "by Dr PLANTED"
    source.BurnedInAnnotation = "PLANTED"

    result = made(source)

    assert b"PLANTED" not in made_bytes(source)
    assert "BurnedInAnnotation" not in result


def test_uids_are_replaced_everywhere_alike() -> None:
    source = planted.slice_of()
    other = UID("1.2.3.4.5.6")
    source.ReferencedImageSequence = [
        item(ReferencedSOPClassUID=source.SOPClassUID, ReferencedSOPInstanceUID=other),
        item(ReferencedSOPClassUID=source.SOPClassUID, ReferencedSOPInstanceUID=source.SOPInstanceUID),
    ]
    original = source.SOPInstanceUID

    result = made(source)
    source.SOPInstanceUID = source.file_meta.MediaStorageSOPInstanceUID = other
    referenced = made(source)

    assert result.SOPInstanceUID == result.file_meta.MediaStorageSOPInstanceUID == PSEUDONYMS.uid(original)
    assert result.SOPInstanceUID == result.ReferencedImageSequence[1].ReferencedSOPInstanceUID
    assert result.ReferencedImageSequence[0].ReferencedSOPInstanceUID == referenced.SOPInstanceUID
    assert result.StudyInstanceUID == referenced.StudyInstanceUID
    assert result.SOPClassUID == source.SOPClassUID
    assert result.ReferencedImageSequence[0].ReferencedSOPClassUID == source.SOPClassUID


def test_geometry_and_rendering_attributes_are_kept_to_the_digit() -> None:
    source = planted.slice_of()
    before = {
        keyword: source[keyword].value
        for keyword in (
            "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "RescaleSlope",
            "RescaleIntercept", "PixelPaddingValue", "InstanceNumber", "Rows", "Columns", "Modality",
        )
    }  # fmt: skip

    result = made(source)

    assert {keyword: result[keyword].value for keyword in before} == before
    assert str(result["PixelSpacing"].value[0]) == "0.661468"
    assert (result.pixel_array == source.pixel_array).all()


def test_functional_groups_keep_their_frames_and_lose_their_texts() -> None:
    frames = np.arange(32, dtype="uint16").reshape(2, 4, 4)
    source = planted.slice_of()
    source.NumberOfFrames, source.Rows, source.Columns = 2, 4, 4
    source.PixelRepresentation = 0
    source.PixelData = frames.tobytes()
    source.PerFrameFunctionalGroupsSequence = [
        item(
            FrameContentSequence=[item(FrameComments="PLANTED", StackID="PLANTED", InStackPositionNumber=number)],
            PlanePositionSequence=[item(ImagePositionPatient=[0, 0, number])],
        )
        for number in (1, 2)
    ]

    result = made(as_read(source))

    groups = result.PerFrameFunctionalGroupsSequence
    assert [group.PlanePositionSequence[0].ImagePositionPatient[2] for group in groups] == [1, 2]
    assert [group.FrameContentSequence[0].InStackPositionNumber for group in groups] == [1, 2]
    assert "FrameComments" not in groups[0].FrameContentSequence[0]
    assert groups[0].FrameContentSequence[0].StackID == "1"


def test_a_code_in_the_place_of_a_frame_does_not_move_the_others() -> None:
    source = planted.slice_of()
    source.PerFrameFunctionalGroupsSequence = [
        item(CodeValue="PLANTED", FrameContentSequence=[item(InStackPositionNumber=1)]),
        item(FrameContentSequence=[item(InStackPositionNumber=2)]),
    ]

    groups = made(source).PerFrameFunctionalGroupsSequence

    assert [group.FrameContentSequence[0].InStackPositionNumber for group in groups] == [1, 2]
    assert "CodeValue" not in groups[0]


def test_codes_are_kept_in_the_words_of_the_standard_and_unknown_ones_left_out() -> None:
    source = planted.slice_of()
    source.AnatomicRegionSequence = [
        item(CodeValue="51185008", CodingSchemeDesignator="SCT", CodeMeaning="Chest of PLANTED"),
        item(CodeValue="T-D3000", CodingSchemeDesignator="SRT", CodeMeaning="Chest of PLANTED"),
        item(CodeValue="PLANTED", CodingSchemeDesignator="99LOCAL", CodeMeaning="PLANTED"),
    ]

    result = made(source)

    regions = [(each.CodeValue, each.CodingSchemeDesignator) for each in result.AnatomicRegionSequence]
    assert regions == [("51185008", "SCT")] * 2
    assert "PLANTED" not in str(result)


@pytest.mark.parametrize("keep", [False, True])
def test_patient_characteristics_are_kept_only_on_request(keep: bool) -> None:
    source = planted.slice_of()
    source.PatientSex, source.PatientAge, source.PatientSize, source.PatientWeight = "F", "047Y", "1.63", "61"
    source.PatientBirthDate, source.EthnicGroup = "19700101", "PLANTED"

    result = made(source, keep_patient_characteristics=keep)
    source.PatientAge, source.PatientSex = "094Y", "PLANTED"
    old = made(source, keep_patient_characteristics=keep)

    assert result.PatientSex == ("F" if keep else "")
    assert [keyword in result for keyword in ("PatientAge", "PatientSize", "PatientWeight")] == [keep] * 3
    assert result.PatientBirthDate == ""
    assert "EthnicGroup" not in result
    assert ("PatientAge" in old, old.PatientSex) == (False, "")


@pytest.mark.parametrize(
    ("character_set", "raw"),
    [
        (["", "ISO 2022 IR 87"], b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"),
        ("GB18030", "王^小东".encode("gb18030")),
        ("ISO_IR 192", b"\xff\xfe\xfd broken"),
        ("NO SUCH SET", b"\x80\x81\x82"),
        (["ISO 2022 IR 6", "ISO 2022 IR 149"], b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"),
    ],
)
def test_names_in_any_character_set_are_gone(character_set: Any, raw: bytes) -> None:
    source = planted.slice_of()
    source.SpecificCharacterSet = character_set
    for tag, vr in ((0x00100010, "PN"), (0x00081030, "LO"), (0x00180015, "CS"), (0x00080080, "LO")):
        source[tag] = RawDataElement(Tag(tag), vr, len(raw), raw, 0, False, True, True)

    written = made_bytes(source)

    assert raw not in written
    assert raw[:8] not in written
    assert dcmread(io.BytesIO(written)).SpecificCharacterSet == "ISO_IR 192"


@pytest.mark.parametrize("vr", ["DS", "IS"])
@pytest.mark.parametrize(
    "raw", [b"DOE^JOHN", b"nan ", b"inf ", b"1_000_000 ", b"0x1234", b"1e400 ", b"\xff\xfe", b"--1 "]
)
def test_a_number_that_is_none_goes(vr: str, raw: bytes) -> None:
    source = planted.slice_of()
    tag = 0x00180050 if vr == "DS" else 0x00201002
    source[tag] = RawDataElement(Tag(tag), vr, len(raw), raw, 0, False, True, True)

    assert tag not in made(source)


def test_a_long_decimal_is_cut_to_what_the_standard_allows() -> None:
    source = planted.slice_of()
    raw = b"0.48828125000000001234"
    source[0x00180050] = RawDataElement(Tag(0x00180050), "DS", len(raw), raw, 0, False, True, True)

    assert str(made(source).SliceThickness) == "0.48828125"


def test_lookup_tables_of_another_length_than_they_say_are_gone() -> None:
    source = planted.slice_of()
    good = item(LUTDescriptor=[4, 0, 16], LUTData=[1, 2, 3, 4], ModalityLUTType="HU", LUTExplanation="PLANTED")
    good["LUTDescriptor"].VR = "US"
    good["LUTData"].VR = "US"
    source.ModalityLUTSequence = [good]
    bad = item(LUTDescriptor=[4, 0, 16])
    bad["LUTDescriptor"].VR = "US"
    bad.add_new(0x00283006, "OW", b"DOE^JOHN PLANTED")
    source.VOILUTSequence = [bad]

    result = made(source)

    assert result.ModalityLUTSequence[0].LUTData == b"\1\0\2\0\3\0\4\0"
    assert result.ModalityLUTSequence[0].ModalityLUTType == "HU"
    assert "LUTData" not in result.VOILUTSequence[0]
    assert "PLANTED" not in str(result)


def test_a_big_endian_palette_is_written_little_endian() -> None:
    little = planted.slice_of("examples_palette.dcm")
    stream = io.BytesIO()
    big = planted.slice_of("examples_palette.dcm")
    for tag in (0x00281201, 0x00281202, 0x00281203):
        big[tag].value = np.frombuffer(little[tag].value, "<u2").astype(">u2").tobytes()
    big.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    dcmwrite(stream, big, implicit_vr=False, little_endian=False, force_encoding=True)
    stream.seek(0)

    result = made(dcmread(stream))

    for tag in (0x00281201, 0x00281202, 0x00281203):
        assert result[tag].value == little[tag].value


def test_an_object_without_study_and_series_gets_its_own() -> None:
    source = planted.slice_of()
    del source.StudyInstanceUID
    source["SeriesInstanceUID"].value = ["1.2.3", "1.2.4"]

    result = made(source)

    assert result.StudyInstanceUID.startswith("2.25.")
    assert result.StudyInstanceUID != result.SeriesInstanceUID


@pytest.mark.parametrize("keyword", ["SOPClassUID", "SOPInstanceUID"])
def test_an_object_that_does_not_say_what_it_is_is_refused(keyword: str) -> None:
    none, several = planted.slice_of(), planted.slice_of()
    del none[keyword]
    several[keyword].value = [several[keyword].value] * 2

    for source in (none, several):
        with pytest.raises(Unusable):
            made(source)


def test_the_source_is_left_as_it_was() -> None:
    source = planted.slice_of()
    before = source.to_json()

    made(source)

    assert source.to_json() == before


@pytest.mark.skipif(not shutil.which("dciodvfy"), reason="dciodvfy (Debian: dicom3tools) is not installed")
@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "MR_small.dcm",
        "examples_palette.dcm",
        "examples_rgb_color.dcm",
        "SC_rgb_rle_2frame.dcm",
        "693_J2KI.dcm",
        "liver_1frame.dcm",
    ],
)
def test_the_result_is_as_valid_as_its_source(name: str, tmp_path: Path) -> None:
    def errors(path: Path) -> set[str]:
        run = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, timeout=30)
        return {line for line in run.stderr.splitlines() if line.startswith("Error")}

    result = tmp_path / "result.dcm"
    result.write_bytes(made_bytes(planted.slice_of(name)))

    assert errors(result) <= errors(Path(str(get_testdata_file(name))))


def test_every_value_is_valid_in_its_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    written = made_bytes(as_read(planted.planted_everywhere()))
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.RAISE)

    assert len(list(planted.walk(dcmread(io.BytesIO(written))))) > 300


# Tags that are kept, cleaned, removed, private, repeating or unknown.
_TAGS = st.sampled_from(
    [*sorted(rules())[::9], *planted.tags()[::11], 0x00290010, 0x00291001, 0x50003000, 0x60003000, 0x00189999]
)
# Eight characters are also a double: numbers of the binary kind are what they are.
_TEXT_VRS = (*planted.TEXT, "OB", "UN", "DS", "IS", "DA", "TM", "DT", "UI")


@st.composite
def _elements(draw: st.DrawFn, depth: int) -> list[tuple[int, str, Any]]:
    found: list[tuple[int, str, Any]] = []
    for _ in range(draw(st.integers(1, 6))):
        tag, vr = draw(_TAGS), draw(st.sampled_from(_TEXT_VRS))
        if depth and draw(st.booleans()):
            found.append((tag, "SQ", [draw(_elements(depth - 1)) for _ in range(draw(st.integers(0, 2)))]))
        elif draw(st.booleans()) and planted.representation(tag) in _TEXT_VRS:
            found.append((tag, planted.representation(tag), b"PLANTED!"))
        else:
            found.append((tag, vr, b"PLANTED!"))
    return found


def _built(elements: list[tuple[int, str, Any]]) -> Dataset:
    built = Dataset()
    for tag, vr, value in elements:
        if vr == "SQ":
            built.add(DataElement(tag, "SQ", [_built(each) for each in value]))
        else:
            built[tag] = RawDataElement(Tag(tag), vr, len(value), value, 0, False, True, True)
    return built


@given(_elements(depth=3))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_nested_datasets_never_keep_a_planted_value(elements: list[tuple[int, str, Any]]) -> None:
    source = planted.slice_of()
    needed = [each for each in source if each.tag.group in (0x0028, 0x7FE0) or each.tag in (0x00080016, 0x00080018)]
    with dicom.quiet():
        source.update(_built(elements))
        for element in needed:
            source.add(element)
        once = deidentified(source, PSEUDONYMS, cleaned_pixels=False, face="accepted")
        written = encoded(once)
        assert b"PLANTED" not in written
        again = deidentified(dcmread(io.BytesIO(written)), PSEUDONYMS, cleaned_pixels=False, face="accepted")

        def shape(dataset: Dataset) -> list[tuple[Any, ...]]:
            return [(path, element.VR) for path, element in planted.walk(dataset)]

        assert shape(again) == shape(dcmread(io.BytesIO(written)))
