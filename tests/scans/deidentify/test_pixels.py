from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit

from gtctl.scans import dicom
from gtctl.scans.deidentify import Pseudonyms, deidentified, encoded
from gtctl.scans.skipping import Reason, Unusable
from tests.scans.dicom_files import dataset, ramp

PSEUDONYMS = Pseudonyms(bytes(32))
UIDS = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "SOPInstanceUID": "1.2.3",
    "StudyInstanceUID": "1.2",
    "SeriesInstanceUID": "1.4",
}


def through(source: Dataset, frames: Any = None) -> tuple[Dataset, bytes]:
    """The result as read from its file, and the file."""
    with dicom.quiet():
        written = encoded(
            deidentified(source, PSEUDONYMS, cleaned_pixels=frames is not None, face="not-expected", frames=frames)
        )
        return dcmread(io.BytesIO(written)), written


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "uint32"])
def test_stored_values_are_kept(dtype: str) -> None:
    pixels = ramp(dtype, low=0, high=200)

    result, _ = through(dataset(pixels, **UIDS))

    assert (result.pixel_array == pixels).all()
    assert result.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"


def test_unused_bits_above_the_stored_ones_carry_nothing() -> None:
    pixels = np.arange(256, dtype="uint16").reshape(16, 16)
    source = dataset(pixels | 0xA000, BitsStored=12, HighBit=11, **UIDS)
    signed = dataset((pixels - 100).astype("int16") ^ 0x5000, BitsStored=12, HighBit=11, **UIDS)

    result, _ = through(source)
    result_signed, _ = through(signed)

    assert (np.frombuffer(result.PixelData, "<u2").reshape(16, 16) == pixels).all()
    assert (np.frombuffer(result_signed.PixelData, "<i2").reshape(16, 16) == (pixels.astype("int16") - 100)).all()


def test_bits_below_the_stored_ones_carry_nothing() -> None:
    pixels = np.arange(256, dtype="uint16").reshape(16, 16)

    result, _ = through(dataset(pixels << 4 | 0x5, BitsStored=12, HighBit=15, **UIDS))

    assert (np.frombuffer(result.PixelData, "<u2").reshape(16, 16) == pixels).all()
    assert result.HighBit == 11


def test_what_lies_behind_the_last_frame_is_not_copied() -> None:
    source = dataset(ramp("uint16", 0, 99), **UIDS)
    source.PixelData += b"PLANTED PLANTED "

    _, written = through(source)

    assert b"PLANTED" not in written


def test_comments_in_compressed_frames_are_not_copied() -> None:
    from PIL import Image

    pixels = ramp("uint8", 0, 255, side=32)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=95, comment=b"PLANTED")
    source = dataset(pixels, **UIDS)
    source.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    source.PixelData = encapsulate([stream.getvalue()])
    source["PixelData"].VR = "OB"
    source["PixelData"].is_undefined_length = True

    result, written = through(source)

    assert b"PLANTED" in source.PixelData
    assert b"PLANTED" not in written
    assert abs(result.pixel_array.astype(int) - pixels).max() < 16
    assert result.LossyImageCompression == "01"


def test_frames_that_were_blacked_out_take_the_place_of_the_sources() -> None:
    pixels = np.stack([ramp(), ramp()])
    black = pixels.copy()
    black[:, :4] = -1000

    result, _ = through(dataset(pixels, SmallestImagePixelValue=-999, **UIDS), iter(black))

    assert (result.pixel_array == black).all()
    assert result.NumberOfFrames == 2
    assert result.BurnedInAnnotation == "NO"
    assert "SmallestImagePixelValue" not in result


def test_colours_are_written_as_rgb_by_pixel() -> None:
    pixels = np.arange(3 * 64, dtype="uint8").reshape(8, 8, 3)
    source = dataset(pixels, **UIDS)
    source.PlanarConfiguration = 1
    source.PixelData = np.ascontiguousarray(pixels.transpose(2, 0, 1)).tobytes()

    result, _ = through(source)

    assert (result.PhotometricInterpretation, result.PlanarConfiguration) == ("RGB", 0)
    assert (result.pixel_array == pixels).all()


def test_single_bits_and_floats_stay_what_they_are() -> None:
    bits = (np.arange(2 * 16 * 16).reshape(2, 16, 16) % 3 == 0).astype("uint8")
    single = dataset(bits, **UIDS)
    single.BitsAllocated = single.BitsStored = 1
    single.HighBit = 0
    single.PixelData = np.packbits(bits, bitorder="little").tobytes()
    measured = np.linspace(-1, 1, 256, dtype="float32").reshape(16, 16)
    floats = dataset(measured, PixelData=None, BitsStored=None, HighBit=None, PixelRepresentation=None, **UIDS)
    floats.FloatPixelData = measured.tobytes()

    assert (through(single)[0].pixel_array == bits).all()
    assert (through(floats)[0].pixel_array == measured).all()


def test_frames_that_take_more_room_than_there_is_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gtctl.scans.deidentify.pixels._MOST_BYTES", 1000)

    with pytest.raises(Unusable) as error:
        through(dataset(ramp(), **UIDS), (ramp() for _ in range(10**9)))
    assert error.value.reason is Reason.TOO_LARGE


def test_pixels_that_cannot_be_written_are_refused() -> None:
    source = dataset(ramp(), **UIDS)

    with pytest.raises(Unusable):
        through(source, [])
    with pytest.raises(Unusable):
        through(source, [ramp(), ramp(side=8)])
