"""What can be shown is read; everything else is turned away with a reason and without a word of its content."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom.uid import DeflatedExplicitVRLittleEndian

from gtctl.scans import dicom, render
from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.windows import choose
from tests.scans.dicom_files import content, dataset, ramp

WHOLE = content(dataset(ramp("uint16", 0, 4000), WindowCenter=2000, WindowWidth=4000, PatientName="DOE^JANE"))


def reason(file: bytes) -> Reason | None:
    """Why a file gives no image; None where it gives all of them."""
    try:
        for _ in render.frames(dicom.read(file), choose("file")):
            pass
    except Unusable as error:
        return error.reason
    return None


def test_a_whole_file_is_read() -> None:
    assert reason(WHOLE) is None


@pytest.mark.parametrize("file", [b"", b"DICM", b"\x89PNG\r\n\x1a\n" * 40, b"\0" * 132])
def test_what_lacks_the_mark_of_dicom_is_not_dicom(file: bytes) -> None:
    assert reason(file) is Reason.NOT_DICOM


def test_an_object_without_an_image_is_said_to_have_none() -> None:
    made = dataset(ramp())
    for element in [element for element in made if element.tag.group in (0x0028, 0x7FE0)]:
        del made[element.tag]
    assert reason(content(made)) is Reason.NO_PIXELS


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"Rows": 10_001, "Columns": 10_000}, Reason.TOO_LARGE),
        ({"Rows": 65535, "Columns": 65535}, Reason.TOO_LARGE),
        ({"Rows": 0}, Reason.BROKEN),
        ({"Rows": None}, Reason.BROKEN),
        ({"BitsAllocated": 32, "BitsStored": 32}, Reason.BROKEN),
        ({"BitsAllocated": 64, "BitsStored": 64}, Reason.UNSUPPORTED),
        ({"BitsAllocated": 12, "BitsStored": 12}, Reason.UNSUPPORTED),
        ({"BitsStored": 12, "HighBit": 16}, Reason.UNSUPPORTED),
        ({"BitsStored": 17}, Reason.UNSUPPORTED),
        ({"BitsStored": 0}, Reason.UNSUPPORTED),
        ({"PhotometricInterpretation": "CMYK"}, Reason.UNSUPPORTED),
        ({"SamplesPerPixel": 4}, Reason.UNSUPPORTED),
        ({"NumberOfFrames": 3}, Reason.BROKEN),
        ({"RescaleSlope": None, "PixelData": b"\0\0"}, Reason.BROKEN),
    ],
)
def test_pixels_that_cannot_be_shown_are_turned_away(attributes: dict[str, Any], expected: Reason) -> None:
    made = dataset(ramp(), RescaleSlope=1, RescaleIntercept=0)
    for keyword, value in attributes.items():
        if value is None:
            del made[keyword]
        else:
            setattr(made, keyword, value)
    assert reason(content(made)) is expected


def test_colour_as_floating_point_numbers_is_turned_away() -> None:
    made = dataset(np.zeros((4, 4, 3), np.uint8), PixelData=None)
    made.FloatPixelData = np.zeros(48, np.float32).tobytes()
    assert reason(content(made)) is Reason.UNSUPPORTED


def test_a_compression_without_a_decoder_is_turned_away() -> None:
    uncompressed = b"1.2.840.10008.1.2.1\0"
    assert WHOLE.count(uncompressed) == 1
    assert reason(WHOLE.replace(uncompressed, b"1.2.840.10008.9.9.9\0")) is Reason.UNSUPPORTED


def test_a_deflated_file_is_read() -> None:
    made = dataset(ramp("uint16", 0, 4000))
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    assert reason(content(made)) is None


def test_a_deflated_file_that_would_fill_the_memory_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    made = dataset(ramp("uint16", 0, 4000))
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    whole = content(made)
    meta = whole[: 132 + 12 + struct.unpack("<L", whole[140:144])[0]]
    deflater = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    bomb = meta + b"".join(deflater.compress(b"\0" * (1 << 20)) for _ in range(64)) + deflater.flush()
    monkeypatch.setattr(dicom, "MAX_SOURCE_BYTES", 48 << 20)
    assert reason(bomb) is Reason.TOO_LARGE


def test_a_modality_that_is_free_text_is_not_let_through() -> None:
    assert dicom.modality(dataset(ramp(), Modality="MR")) == "MR"
    assert dicom.modality(dataset(ramp(), Modality="JANE DOE")) is None
    assert dicom.modality(dataset(ramp(), Modality=None)) is None


def test_what_pydicom_says_about_values_is_silenced(capfd: pytest.CaptureFixture[str]) -> None:
    import warnings

    from pydicom import config, dcmread

    file = content(dataset(ramp(), StudyInstanceUID="1.2.3")).replace(b"1.2.3\0", b"DOE^J\0")
    mode = config.settings.reading_validation_mode
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert "DOE" in dcmread(io.BytesIO(file)).StudyInstanceUID
        assert any("DOE^J" in str(each.message) for each in heard), "pydicom no longer warns: this test proves nothing"
        heard.clear()
        with dicom.quiet():
            assert "DOE" in dcmread(io.BytesIO(file)).StudyInstanceUID
        assert not heard
    assert config.settings.reading_validation_mode == mode
    assert capfd.readouterr() == ("", "")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_off_anywhere_gives_a_reason(length: int) -> None:
    with dicom.quiet():
        assert reason(WHOLE[:length]) in (Reason.NOT_DICOM, Reason.BROKEN, Reason.NO_PIXELS)


@settings(max_examples=200, deadline=None)
@example([(WHOLE.index(b"US\x02"), b"\0")])
@given(st.lists(st.tuples(st.integers(128, len(WHOLE) - 1), st.binary(min_size=1, max_size=4)), min_size=1, max_size=5))
def test_a_damaged_file_gives_images_or_a_reason_and_no_other_error(damage: list[tuple[int, bytes]]) -> None:
    file = bytearray(WHOLE)
    for position, junk in damage:
        file[position : position + len(junk)] = junk
    with dicom.quiet():
        reason(bytes(file))
