"""What the policy makes of an image, and that it shows in the pixels."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from msgspec.structs import replace
from pydicom import Dataset

from gtctl.scans import dicom, render
from gtctl.scans.pixels.decision import Decision, decide
from gtctl.scans.pixels.policy import Device, PixelPolicy
from gtctl.scans.pixels.regions import Region
from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.windows import choose
from tests.scans.dicom_files import content, dataset, item, ramp

CLASS = "1.2.840.10008.5.1.4.1.1."
SHIPPED = Path(pydicom.__file__).parent / "data" / "test_files"
AXIAL = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]


def ct(pixels: np.ndarray | None = None, **attributes: Any) -> Dataset:
    return dataset(ramp() if pixels is None else pixels, **{"BodyPartExamined": "CHEST", **attributes})


def us(**attributes: Any) -> Dataset:
    """An ultrasound picture whose pixels are all 100."""
    return dataset(
        np.full((40, 60, 3), 100, np.uint8),
        Modality="US",
        SOPClassUID=f"{CLASS}6.1",
        Manufacturer="ACME",
        ManufacturerModelName="Echo",
        **attributes,
    )


def mask(**settings: Any) -> PixelPolicy:
    return PixelPolicy(devices=(Device(action="mask", manufacturer="ACME", model="Echo", **settings),))


def outcome(made: Dataset, **settings: Any) -> tuple[Reason | None, str, str]:
    found = decide(made, PixelPolicy(**settings))
    return found.refused, found.burned_in, found.face


def test_a_slice_of_a_chest_is_shown() -> None:
    assert outcome(ct()) == (None, "not-expected", "not-expected")


@pytest.mark.parametrize(
    ("made", "settings", "expected"),
    [
        (ct(BurnedInAnnotation="YES"), {}, (Reason.BURNED_IN, "refused", "not-expected")),
        (ct(BurnedInAnnotation="YES"), {"burned_in": "accept"}, (None, "accepted", "not-expected")),
        (ct(BurnedInAnnotation="YES"), {"may_be_burned_in": "accept"}, (Reason.BURNED_IN, "refused", "not-expected")),
        (us(), {}, (Reason.MAY_BE_BURNED_IN, "refused", "not-expected")),
        (us(), {"burned_in": "accept"}, (Reason.MAY_BE_BURNED_IN, "refused", "not-expected")),
        (us(), {"may_be_burned_in": "accept"}, (None, "accepted", "not-expected")),
        (us(BurnedInAnnotation="NO"), {}, (None, "declared-absent", "not-expected")),
        (
            us(BurnedInAnnotation="NO"),
            {"declared_clean": "refuse"},
            (Reason.MAY_BE_BURNED_IN, "refused", "not-expected"),
        ),
        (ct(BodyPartExamined="HEAD"), {}, (Reason.FACE, "not-expected", "refused")),
        (ct(BodyPartExamined="HEAD"), {"faces": "accept"}, (None, "not-expected", "accepted")),
        (ct(BodyPartExamined="HEAD"), {"faces": "crop"}, (None, "not-expected", "cropped")),
        (ct(BodyPartExamined="HEAD"), {"unknown_body_part": "accept"}, (Reason.FACE, "not-expected", "refused")),
        (ct(BodyPartExamined=""), {}, (Reason.MAY_BE_FACE, "not-expected", "refused")),
        (ct(BodyPartExamined=""), {"faces": "accept"}, (Reason.MAY_BE_FACE, "not-expected", "refused")),
        (ct(BodyPartExamined=""), {"unknown_body_part": "accept"}, (None, "not-expected", "accepted")),
        (ct(BodyPartExamined=""), {"unknown_body_part": "crop"}, (None, "not-expected", "cropped")),
    ],
)
def test_the_settings_decide(made: Dataset, settings: dict[str, Any], expected: tuple[Reason | None, str, str]) -> None:
    assert outcome(made, **settings) == expected


@pytest.mark.parametrize(
    "policy",
    [
        PixelPolicy(devices=(Device(action="accept", manufacturer="acme"),)),
        mask(rows=40, columns=60, regions=(Region(0, 0, 60, 8),)),
    ],
)
def test_a_device_decides_whatever_the_image_says(policy: PixelPolicy) -> None:
    for declared in ({}, {"BurnedInAnnotation": "YES"}):
        assert decide(us(**declared), policy).refused is None


def test_a_device_may_be_refused_though_it_declares_to_be_clean() -> None:
    policy = PixelPolicy(devices=(Device(action="refuse", modality="US"),), burned_in="accept")
    assert decide(us(BurnedInAnnotation="NO"), policy).refused is Reason.BURNED_IN


def test_the_first_device_that_fits_decides() -> None:
    accept, refuse = Device(action="accept", modality="US"), Device(action="refuse", manufacturer="ACME")
    assert decide(us(), PixelPolicy(devices=(accept, refuse))).refused is None
    assert decide(us(), PixelPolicy(devices=(refuse, accept))).refused is Reason.BURNED_IN


def test_images_of_another_size_are_not_masked_but_refused() -> None:
    policy = mask(rows=41, columns=60, regions=(Region(0, 0, 60, 8),))
    assert decide(us(), policy).refused is Reason.MAY_BE_BURNED_IN


def test_a_mask_is_no_leave_to_show_a_face() -> None:
    policy = PixelPolicy(devices=(Device(action="accept", modality="CT"),), burned_in="accept")
    assert decide(ct(BodyPartExamined="HEAD"), policy).refused is Reason.FACE


def test_all_but_the_kept_regions_is_black() -> None:
    decision = decide(us(), mask(rows=40, columns=60, keep=(Region(10, 5, 20, 30),)))
    (frame,) = shown(us(), decision)
    assert frame.pixels.sum() == 20 * 30 * 3 * 100
    assert (frame.pixels[5:35, 10:30] == 100).all()


def test_all_but_the_ultrasound_regions_of_the_file_is_black() -> None:
    corners = {
        "RegionLocationMinX0": 10,
        "RegionLocationMinY0": 5,
        "RegionLocationMaxX1": 29,
        "RegionLocationMaxY1": 34,
    }
    made = us(SequenceOfUltrasoundRegions=[item(**corners)])
    (frame,) = shown(made, decide(made, mask(keep="ultrasound-regions")))
    assert frame.pixels.sum() == 20 * 30 * 3 * 100
    assert (frame.pixels[5:35, 10:30] == 100).all()


@pytest.mark.parametrize("corners", [None, (5, 5, 5, 5), (70, 5, 80, 9), (9, 9, 2, 2)])
def test_without_a_region_in_the_file_there_is_nothing_to_keep(corners: tuple[int, int, int, int] | None) -> None:
    names = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")
    regions = {"SequenceOfUltrasoundRegions": [item(**dict(zip(names, corners, strict=True)))]} if corners else {}
    assert decide(us(**regions), mask(keep="ultrasound-regions")).refused is Reason.MAY_BE_BURNED_IN


def shown(made: Dataset, decision: Decision, window: str = "file") -> list[render.Frame]:
    return list(render.frames(dicom.read(content(made)), choose(window), decision))


def black(*regions: Region, crop: bool = False) -> Decision:
    return Decision(None, regions, crop, False, "masked", "cropped" if crop else "not-expected", "")


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("window", ["file", "full-range", "percentile:5/95", "lung"])
def test_masked_regions_are_black_in_every_frame_and_nothing_else_is_changed(photometric: str, window: str) -> None:
    made = ct(
        np.stack([ramp(), ramp(low=-500), ramp(high=500)]),
        PhotometricInterpretation=photometric,
        WindowCenter=0,
        WindowWidth=3000,
    )
    region = Region(3, 5, 6, 2)
    inside = np.zeros((16, 16), bool)
    inside[5:7, 3:9] = True
    plain, masked = shown(made, black(), window), shown(made, black(region), window)
    assert len(masked) == 3
    for before, after in zip(plain, masked, strict=True):
        assert (after.pixels[inside] == 0).all()
        assert after.blacked_out == (region,)
        if window in ("file", "lung"):
            assert np.array_equal(after.pixels[~inside], before.pixels[~inside])


@pytest.mark.parametrize("window", ["full-range", "percentile:0/100"])
def test_what_is_masked_does_not_move_the_window(window: str) -> None:
    pixels = ramp(low=0, high=500)
    pixels[5:7, 3:9] = 30000
    (frame,) = shown(ct(pixels), black(Region(3, 5, 6, 2)), window)
    assert frame.window is not None
    assert (frame.window.center, frame.window.width) == (250, 500)


def test_a_masked_palette_image_is_black_there() -> None:
    made = pydicom.dcmread(SHIPPED / "examples_palette.dcm")
    (frame,) = shown(made, black(Region(0, 0, 800, 40)))
    assert (frame.pixels[:40] == 0).all()
    assert frame.pixels[40:].any()


def test_stored_values_are_black_in_the_same_places() -> None:
    made = ct(PhotometricInterpretation="MONOCHROME1")
    (stored, regions), *_ = render.stored_frames(dicom.read(content(made)), black(Region(0, 0, 16, 4)))
    assert regions == (Region(0, 0, 16, 4),)
    assert (stored[:4] == 1000).all()
    assert np.array_equal(stored[4:], ramp()[4:])


def test_the_front_of_a_head_is_black_and_said_to_be() -> None:
    made = ct(BodyPartExamined="HEAD", ImageOrientationPatient=AXIAL, pixels=np.full((30, 20), 40, np.int16))
    decision = decide(made, PixelPolicy(faces="crop"))
    (frame,) = shown(made, decision, "brain")
    assert frame.blacked_out == (Region(0, 0, 20, 10),)
    assert (frame.pixels[:10] == 0).all()
    assert (frame.pixels[10:] > 0).all()


def test_each_frame_is_cropped_by_its_own_orientation() -> None:
    def group(orientation: list[float]) -> Dataset:
        return item(PlaneOrientationSequence=[item(ImageOrientationPatient=orientation)])

    made = ct(
        np.full((2, 30, 30), 40, np.int16),
        BodyPartExamined="HEAD",
        PerFrameFunctionalGroupsSequence=[group(AXIAL), group([0.0, 1.0, 0.0, 0.0, 0.0, -1.0])],
    )
    first, second = shown(made, decide(made, PixelPolicy(faces="crop")))
    assert (first.blacked_out, second.blacked_out) == ((Region(0, 0, 30, 10),), (Region(0, 0, 10, 30),))


@pytest.mark.parametrize(
    "made",
    [
        ct(BodyPartExamined="HEAD"),
        ct(BodyPartExamined="HEAD", ImageOrientationPatient=[1.0, 0.0, 0.0, 0.0, 0.0, -1.0]),
        dataset(np.zeros((8, 8, 3), np.uint8), Modality="XC", BodyPartExamined="FACE", ImageOrientationPatient=AXIAL),
    ],
)
def test_a_face_that_cannot_be_cropped_is_refused(made: Dataset) -> None:
    decision = decide(made, PixelPolicy(faces="crop", may_be_burned_in="accept"))
    with pytest.raises(Unusable) as refused:
        shown(made, decision)
    assert refused.value.reason is Reason.CANNOT_CROP


def test_what_is_refused_is_not_rendered() -> None:
    made = us()
    with pytest.raises(Unusable) as refused:
        shown(made, decide(made, PixelPolicy()))
    assert refused.value.reason is Reason.MAY_BE_BURNED_IN


def test_a_decision_travels_and_says_nothing_of_the_file() -> None:
    made = ct(BodyPartExamined="HEAD", PatientName="DOE^JANE", SeriesDescription="DOE JANE HEAD")
    decision = decide(made, PixelPolicy(faces="crop"))
    assert pickle.loads(pickle.dumps(decision)) == decision  # noqa: S301 - our own
    said = json.dumps(decision.record()) + repr(decision)
    assert "DOE" not in said
    assert decision.record() == {
        "burned_in": "not-expected",
        "face": "cropped",
        "text_search": "not-searched",
        "policy_sha256": PixelPolicy(faces="crop").hash,
    }


def test_attributes_that_cannot_be_read_are_damage() -> None:
    made = us(SequenceOfUltrasoundRegions=[item(RegionLocationMinX0=1)])
    with pytest.raises(Unusable) as refused:
        decide(made, mask(keep="ultrasound-regions"))
    assert refused.value.reason is Reason.BROKEN


def test_shipped_slices_are_usable_with_explicit_settings() -> None:
    policy = PixelPolicy(unknown_body_part="accept")
    for name in ("CT_small.dcm", "MR_small.dcm", "693_J2KI.dcm"):
        made = dicom.read((SHIPPED / name).read_bytes())
        assert decide(made, PixelPolicy()).refused is Reason.MAY_BE_FACE
        assert decide(made, policy).refused is None
    head = dicom.read((SHIPPED / "J2K_pixelrep_mismatch.dcm").read_bytes())
    assert decide(head, policy).refused is Reason.FACE
    (frame,) = render.frames(head, choose("brain"), decide(head, replace(policy, faces="crop")))
    (gone,) = frame.blacked_out
    assert (gone.x, gone.y, gone.width) == (0, 0, 512)
    assert 512 / 4 < gone.height < 512 / 2
