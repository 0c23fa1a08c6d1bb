"""Text that is drawn into a slice is found; slices without text are let through."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageDraw, ImageFont

from gtctl.scans import dicom, render
from gtctl.scans.pixels.decision import Decision, decide
from gtctl.scans.pixels.ocr import find_text
from gtctl.scans.pixels.policy import PixelPolicy
from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.windows import choose
from tests.scans.dicom_files import content, dataset

SHIPPED = Path(pydicom.__file__).parent / "data" / "test_files"
PLAIN = Decision(None, (), False, False, "accepted", "accepted", "")


def pixels_of(name: str) -> np.ndarray:
    return next(render.frames(dicom.read((SHIPPED / name).read_bytes()), choose("file"), PLAIN)).pixels


def with_text(pixels: np.ndarray, text: str, place: tuple[int, int], size: int, grey: int = 255) -> np.ndarray:
    image = Image.fromarray(pixels)
    ImageDraw.Draw(image).text(place, text, fill=grey, font=ImageFont.load_default(size))
    return np.asarray(image)


@pytest.mark.parametrize("name", ["693_J2KI.dcm", "J2K_pixelrep_mismatch.dcm", "CT_small.dcm", "MR_small.dcm"])
def test_a_slice_without_text_is_let_through(name: str) -> None:
    assert find_text(pixels_of(name)) == 0


@pytest.mark.parametrize(
    ("name", "place", "size", "grey"),
    [
        ("693_J2KI.dcm", (8, 8), 10, 255),
        ("693_J2KI.dcm", (8, 480), 14, 180),
        ("J2K_pixelrep_mismatch.dcm", (180, 230), 12, 255),
    ],
    ids=["small over air", "grey at the bottom", "over the brain"],
)
def test_a_name_burned_into_a_slice_is_found(name: str, place: tuple[int, int], size: int, grey: int) -> None:
    assert find_text(with_text(pixels_of(name), "DOE^JANE 04/12/1957", place, size, grey)) >= 1


def test_the_text_of_an_ultrasound_picture_is_found() -> None:
    assert find_text(pixels_of("examples_rgb_color.dcm")) >= 5


def test_side_markers_are_no_text_that_names_anybody() -> None:
    assert find_text(with_text(np.zeros((256, 256), np.uint8), "R", (20, 20), 30)) == 0


def test_an_image_in_which_text_is_found_is_refused() -> None:
    pixels = with_text(np.zeros((128, 256), np.uint8), "DOE JANE", (20, 20), 18)
    made = dicom.read(content(dataset(pixels, BodyPartExamined="CHEST")))
    searching = decide(made, PixelPolicy(find_text=True))
    assert searching.record()["text_search"] == "none-found"
    with pytest.raises(Unusable) as refused:
        list(render.frames(made, choose("file"), searching))
    assert refused.value.reason is Reason.TEXT_FOUND
    assert list(render.frames(made, choose("file"), decide(made, PixelPolicy())))
