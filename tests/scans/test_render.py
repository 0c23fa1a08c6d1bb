"""Stored values become the grey levels and colours that the standard asks for; pydicom's own steps are the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi, apply_windowing

from gtctl.scans import dicom, greyscale, render
from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.windows import Window, choose
from tests.scans.dicom_files import content, dataset, item, ramp


def rendered(made: Dataset, window: str = "file") -> list[render.Frame]:
    return list(render.frames(dicom.read(content(made)), choose(window)))


def as_8_bit(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.floor((values - low) / (high - low) * 255 + 0.5)


@settings(max_examples=60, deadline=None)
@given(
    bits=st.integers(8, 16),
    signed=st.booleans(),
    slope=st.sampled_from([1.0, 0.5, 2.0, -1.0, 0.0625]),
    intercept=st.integers(-2000, 2000),
    center=st.integers(-3000, 3000),
    width=st.integers(1, 5000),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
)
@example(bits=16, signed=True, slope=1.0, intercept=-1024, center=40, width=1, function="LINEAR")
def test_a_windowed_image_is_within_one_grey_level_of_pydicoms_own_steps(
    bits: int, signed: bool, slope: float, intercept: int, center: int, width: int, function: str
) -> None:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    kind = f"{'' if signed else 'u'}int{16 if bits > 8 else 8}"
    made = dataset(
        ramp(kind, low, high),
        BitsStored=bits,
        HighBit=bits - 1,
        RescaleSlope=slope,
        RescaleIntercept=intercept,
        WindowCenter=center,
        WindowWidth=width,
        VOILUTFunction=function,
    )

    (frame,) = rendered(made)

    modality = apply_modality_lut(made.pixel_array, made)
    ends = (low * slope + intercept, high * slope + intercept)
    with np.errstate(over="ignore"):
        expected = as_8_bit(apply_windowing(modality, made), *ends)
    assert np.abs(frame.pixels - expected).max() <= 1
    assert frame.window == Window(center, width, "file", function)


@given(
    st.lists(st.floats(-40000, 40000), min_size=2, max_size=50),
    st.floats(-1000, 1000),
    st.floats(1, 4000),
    st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
)
def test_brighter_values_never_become_darker(values: list[float], center: float, width: float, function: str) -> None:
    levels = greyscale.window_levels(np.sort(values), Window(center, width, "file", function))
    assert (np.diff(levels) >= 0).all()
    assert levels.min() >= 0
    assert levels.max() <= 255


def test_what_lies_outside_of_the_window_is_black_or_white() -> None:
    (frame,) = rendered(dataset(ramp(low=-1000, high=1000), WindowCenter=0, WindowWidth=200))
    values = ramp(low=-1000, high=1000)
    assert (frame.pixels[values <= -100] == 0).all()
    assert (frame.pixels[values > 100] == 255).all()


def test_monochrome1_is_the_inverse_of_monochrome2() -> None:
    window = {"WindowCenter": 0, "WindowWidth": 1500}
    (plain,) = rendered(dataset(ramp(), **window))
    (inverse,) = rendered(dataset(ramp(), PhotometricInterpretation="MONOCHROME1", **window))
    assert (inverse.pixels == 255 - plain.pixels).all()


def test_of_several_windows_in_the_file_the_first_is_taken() -> None:
    (frame,) = rendered(dataset(ramp(), WindowCenter=[40, 50], WindowWidth=[80, 400]))
    assert frame.window == Window(40, 80, "file")


def test_a_named_preset_takes_precedence_over_the_files_window() -> None:
    (frame,) = rendered(dataset(ramp(), WindowCenter=0, WindowWidth=10), "lung")
    assert frame.window == Window(-600, 1500, "preset:lung")


def test_a_preset_is_refused_for_values_that_are_not_hounsfield_units() -> None:
    with pytest.raises(Unusable) as refused:
        rendered(dataset(ramp(), Modality="MR"), "lung")
    assert refused.value.reason is Reason.NOT_HOUNSFIELD


def test_a_given_window_serves_any_modality() -> None:
    (frame,) = rendered(dataset(ramp(), Modality="MR"), "0/500")
    assert frame.window == Window(0, 500, "given")


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"WindowCenter": 40},
        {"WindowCenter": 40, "WindowWidth": 0},
        {"WindowCenter": 40, "WindowWidth": 100, "VOILUTFunction": "OWN"},
    ],
)
def test_without_a_usable_window_the_full_range_is_shown(attributes: dict[str, Any]) -> None:
    (frame,) = rendered(dataset(ramp(low=-500, high=1500), RescaleSlope=2, RescaleIntercept=10, **attributes))
    assert frame.window == Window(1010, 4000, "full-range", "LINEAR_EXACT")
    assert (frame.pixels.min(), frame.pixels.max()) == (0, 255)


def test_the_full_range_leaves_padding_out() -> None:
    pixels = ramp(low=0, high=1000)
    pixels[0] = -2000
    (frame,) = rendered(dataset(pixels, PixelPaddingValue=-2000))
    assert frame.window is not None
    assert frame.window.center == (pixels[1:].min() + 1000) / 2
    assert (frame.pixels[0] == 0).all()


def test_the_full_range_leaves_a_range_of_padding_out() -> None:
    pixels = ramp(low=0, high=1000)
    pixels[0, :8], pixels[0, 8:] = -2000, -1990
    (frame,) = rendered(dataset(pixels, PixelPaddingValue=-1990, PixelPaddingRangeLimit=-2000))
    assert frame.window is not None
    assert frame.window.width == 1000 - pixels[1:].min()


def test_an_image_of_a_single_value_has_a_full_range() -> None:
    (frame,) = rendered(dataset(np.full((4, 4), 7, np.int16)))
    assert len(np.unique(frame.pixels)) == 1


def test_an_image_of_padding_alone_has_a_full_range() -> None:
    (frame,) = rendered(dataset(np.full((4, 4), 7, np.int16), PixelPaddingValue=7))
    assert frame.window is not None


def test_the_frames_of_a_file_share_the_full_range() -> None:
    frames = rendered(dataset(np.stack([ramp(low=0, high=200), ramp(low=0, high=1000)])))
    assert [frame.window for frame in frames] == [Window(500, 1000, "full-range", "LINEAR_EXACT")] * 2
    assert frames[0].pixels.max() == 51


def test_each_frame_of_an_enhanced_image_has_its_own_transformation() -> None:
    def group(intercept: int, center: int) -> Dataset:
        return item(
            PixelValueTransformationSequence=[item(RescaleSlope=1, RescaleIntercept=intercept, RescaleType="HU")],
            FrameVOILUTSequence=[item(WindowCenter=center, WindowWidth=500)],
        )

    made = dataset(
        np.stack([ramp()] * 2), PerFrameFunctionalGroupsSequence=[group(0, 0), group(-100, -100)], WindowCenter=9
    )
    first, second = rendered(made)
    assert first.window == Window(0, 500, "file")
    assert second.window == Window(-100, 500, "file")
    assert (first.pixels == second.pixels).all()


def test_frames_use_a_shared_transformation_where_they_have_none_of_their_own() -> None:
    shared = item(FrameVOILUTSequence=[item(WindowCenter=5, WindowWidth=50)])
    frames = rendered(dataset(np.stack([ramp()] * 2), SharedFunctionalGroupsSequence=[shared]))
    assert [frame.window for frame in frames] == [Window(5, 50, "file")] * 2


def test_a_modality_lut_is_applied_before_the_window() -> None:
    lut = item(LUTDescriptor=[256, 0, 16], ModalityLUTType="US", LUTData=[value * 4 for value in range(256)])
    lut["LUTData"].VR = "US"
    made = dataset(
        ramp("uint8", 0, 255), ModalityLUTSequence=[lut], WindowCenter=512, WindowWidth=1024, VOILUTFunction="LINEAR"
    )
    (frame,) = rendered(made)
    assert frame.pixels.min() == 0
    assert frame.pixels.max() == as_8_bit(np.array(1020), 0, 1023)


def test_a_voi_lut_of_the_file_is_applied_as_pydicom_does() -> None:
    lut = item(LUTDescriptor=[2001, -1000, 12], LUTData=[int((i / 2000) ** 2 * 4095) for i in range(2001)])
    lut["LUTData"].VR, lut["LUTDescriptor"].VR = "US", "SS"
    made = dataset(ramp(), VOILUTSequence=[lut], WindowCenter=0, WindowWidth=10)
    (frame,) = rendered(made)
    assert (frame.origin, frame.window) == ("file-lut", None)
    assert (frame.pixels == as_8_bit(apply_voi(made.pixel_array, made), 0, 4095)).all()


def test_colour_is_shown_as_it_is() -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    (frame,) = rendered(dataset(pixels), "lung")
    assert (frame.pixels == pixels).all()
    assert (frame.origin, frame.window) == ("colour", None)


def test_colour_of_16_bit_becomes_8_bit() -> None:
    pixels = np.linspace(0, 65535, 48).astype(np.uint16).reshape(4, 4, 3)
    (frame,) = rendered(dataset(pixels))
    assert (frame.pixels == (pixels.astype(np.uint32) * 255 // 65535)).all()


def test_a_palette_becomes_rgb() -> None:
    def channel(values: list[int]) -> bytes:
        return np.array(values, dtype="<u2").tobytes()

    made = dataset(np.array([[0, 1], [2, 3]], dtype=np.uint8), PhotometricInterpretation="PALETTE COLOR")
    for name, values in {
        "Red": [0, 65535, 0, 32768],
        "Green": [0, 0, 65535, 32768],
        "Blue": [0, 0, 0, 32768],
    }.items():
        setattr(made, f"{name}PaletteColorLookupTableDescriptor", [4, 0, 16])
        made[f"{name}PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(made, f"{name}PaletteColorLookupTableData", channel(values))
    (frame,) = rendered(made)
    assert frame.pixels.tolist() == [[[0, 0, 0], [255, 0, 0]], [[0, 255, 0], [127, 127, 127]]]


def test_ybr_becomes_rgb() -> None:
    grey = np.zeros((2, 2, 3), np.uint8)
    grey[:] = (200, 128, 128)
    (frame,) = rendered(dataset(grey, PhotometricInterpretation="YBR_FULL"))
    assert (frame.pixels == 200).all()


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(["uint8", "int8", "uint16", "int16", "int32", "float32"]),
    frames=st.integers(1, 4),
    low=st.integers(0, 40),
    high=st.integers(60, 100),
    slope=st.sampled_from([1.0, -2.0, 0.5]),
    seed=st.integers(0, 99),
)
def test_a_percentile_window_leaves_that_share_of_the_pixels_outside(
    kind: str, frames: int, low: int, high: int, slope: float, seed: int
) -> None:
    pixels = np.random.default_rng(seed).normal(20, 30, (frames, 12, 12)).clip(-100, 100).astype(kind)
    if kind.startswith("u"):
        pixels = np.abs(np.random.default_rng(seed).normal(20, 30, (frames, 12, 12))).astype(kind)
    made = _floats(pixels) if kind == "float32" else dataset(pixels)
    made.RescaleSlope, made.RescaleIntercept = slope, 7
    (window, *others) = [frame.window for frame in rendered(made, f"percentile:{low}/{high}")]
    values = np.sort(pixels, axis=None).astype(float) * slope + 7
    ends = np.percentile(values, [low, high], method="inverted_cdf")
    assert window is not None
    assert window.origin == f"percentile:{low}/{high}"
    assert window.center == pytest.approx(ends.mean())
    assert window.width == pytest.approx(ends[1] - ends[0] or 1)
    assert others == [window] * (frames - 1)


def _floats(pixels: np.ndarray) -> Dataset:
    """Float Pixel Data, which has no bits stored."""
    made = dataset(pixels, PixelData=None, BitsStored=None, HighBit=None, PixelRepresentation=None, BitsAllocated=32)
    made.FloatPixelData = pixels.astype("<f4").tobytes()
    return made


def test_floats_are_shown_and_what_is_no_number_is_black() -> None:
    pixels = np.linspace(-1, 1, 256).astype(np.float32).reshape(16, 16)
    pixels[0, 0], pixels[0, 1] = np.nan, np.inf
    made = _floats(pixels)
    (frame,) = rendered(made)
    assert frame.pixels[0, 0] == 0
    assert (np.diff(frame.pixels.ravel()[2:].astype(int)) >= 0).all()
    assert (frame.pixels[0, 2], frame.pixels[-1, -1]) == (0, 255)
    made.WindowCenter, made.WindowWidth, made.VOILUTFunction = 0.5, 0.5, "LINEAR_EXACT"
    (frame,) = rendered(made)
    assert np.abs(frame.pixels.ravel()[2:] - ((pixels.ravel()[2:] - 0.25) / 0.5 * 255).clip(0, 255)).max() <= 0.51


def test_percentiles_of_many_wide_values_are_close_and_take_little_memory() -> None:
    noise = np.random.default_rng(3).normal(0, 1e6, (6, 250, 250)).astype(np.int32)
    frame, *_ = rendered(dataset(noise), "percentile:1/99")
    low, high = np.percentile(noise, [1, 99])
    assert frame.window is not None
    assert frame.window.center - frame.window.width / 2 == pytest.approx(low, rel=0.002)
    assert frame.window.center + frame.window.width / 2 == pytest.approx(high, rel=0.002)
    (full, *_) = rendered(dataset(noise), "full-range")
    assert full.window == Window(
        (int(noise.min()) + int(noise.max())) / 2, np.ptp(noise.astype(float)), "full-range", "LINEAR_EXACT"
    )


@pytest.mark.parametrize("slope", ["0", "1e400"])
def test_a_rescale_that_leaves_nothing_is_damage(slope: str) -> None:
    made = content(dataset(ramp(), RescaleSlope="0.12345", RescaleIntercept=0, WindowCenter=0, WindowWidth=9))
    with dicom.quiet(), pytest.raises(Unusable) as refused:
        list(render.frames(dicom.read(made.replace(b"0.12345", slope.encode().ljust(7))), choose("file")))
    assert refused.value.reason is Reason.BROKEN


@pytest.mark.parametrize(("unit", "fits"), [("HU", True), (None, True), ("US", False), ("mGy", False)])
def test_a_preset_needs_hounsfield_units_also_in_ct(unit: str | None, fits: bool) -> None:
    made = dataset(ramp(), RescaleSlope=1, RescaleIntercept=0)
    if unit:
        made.RescaleType = unit
    if fits:
        assert rendered(made, "lung")
        return
    with pytest.raises(Unusable) as refused:
        rendered(made, "lung")
    assert refused.value.reason is Reason.NOT_HOUNSFIELD


def test_the_slices_of_a_series_share_their_table() -> None:
    made = [
        dataset(ramp(low=low), RescaleSlope=1, RescaleIntercept=-5, WindowCenter=3, WindowWidth=77) for low in (0, 9)
    ]
    before = render._cached_table.cache_info()
    for each in made:
        rendered(each)
    after = render._cached_table.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 1)
