"""What a compressed frame announces is read without decoding it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless

from gtctl.scans import dicom, render
from gtctl.scans.codestreams import announced_size
from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.windows import choose
from tests.scans.dicom_files import content, dataset, ramp


def jpeg(rows: int, columns: int, **options: int | bool) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.zeros((rows, columns), np.uint8)).save(stream, "JPEG", **options)
    return stream.getvalue()


@given(st.integers(1, 70), st.integers(1, 70), st.booleans())
def test_a_jpeg_announces_its_size(rows: int, columns: int, progressive: bool) -> None:
    assert announced_size(jpeg(rows, columns, progressive=progressive)) == (rows, columns)


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless])
def test_jpeg_ls_and_jpeg_2000_announce_their_size(syntax: str) -> None:
    made = dataset(np.zeros((64, 48), np.uint16))
    made.compress(syntax)
    (frame,) = generate_frames(made.PixelData, number_of_frames=1)
    assert announced_size(frame) == (64, 48)


def test_jpeg_2000_in_a_file_format_announces_its_size() -> None:
    stream = io.BytesIO()
    Image.fromarray(np.zeros((64, 48), np.uint8)).save(stream, "JPEG2000")
    assert stream.getvalue()[4:8] == b"jP  "
    assert announced_size(stream.getvalue()) == (64, 48)


@given(st.binary(max_size=60), st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff\xc0", b"\xff\x4f\xff\x51"]))
def test_any_bytes_give_a_size_or_none(tail: bytes, start: bytes) -> None:
    announced_size(start + tail)


@pytest.mark.parametrize("cut", [0, 2, 10, 80])
def test_what_breaks_off_before_its_size_announces_none(cut: int) -> None:
    assert announced_size(jpeg(9, 9)[:cut]) is None


def test_a_frame_that_announces_another_size_than_the_file_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    made = dataset(ramp("uint8", 0, 255))
    made.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    hostile = jpeg(16, 16).replace(b"\x00\x10\x00\x10", b"\xff\xff\xff\xff")
    assert announced_size(hostile) == (65535, 65535)
    made.PixelData = encapsulate([jpeg(16, 16), hostile])
    made["PixelData"].is_undefined_length = True
    made["PixelData"].VR = "OB"
    made.NumberOfFrames = 2
    read = dicom.read(content(made))
    monkeypatch.setattr("pydicom.pixels.utils.iter_pixels", lambda *_, **__: pytest.fail("it was decoded"))
    with pytest.raises(Unusable) as refused:
        next(render.frames(read, choose("file")))
    assert refused.value.reason is Reason.BROKEN
