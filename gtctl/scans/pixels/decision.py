"""What the pixel policy makes of one image: refused, or which of its pixels are blacked out and why it may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gtctl.scans.pixels.burned_in import BurnedIn, burned_in
from gtctl.scans.pixels.descriptions import items
from gtctl.scans.pixels.faces import Face, face
from gtctl.scans.pixels.policy import Device, PixelPolicy
from gtctl.scans.pixels.regions import Region, outside
from gtctl.scans.skipping import Reason, Unusable

if TYPE_CHECKING:
    from pydicom import Dataset

BurnedInText = Literal["not-expected", "declared-absent", "masked", "accepted", "refused"]
FaceShown = Literal["not-expected", "cropped", "accepted", "refused"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Picklable, and without a word of what stands in the file.

    refused: why no image may be made; nothing else counts then.
    regions: blacked out in every frame. crop: the front of the head is blacked out too, frame by frame.
    find_text: rendered frames are searched for text, and refused where there is some.
    burned_in, face: why the image may be shown. policy: the hash of the policy.
    """

    refused: Reason | None
    regions: tuple[Region, ...]
    crop: bool
    find_text: bool
    burned_in: BurnedInText
    face: FaceShown
    policy: str

    @property
    def changes_pixels(self) -> bool:
        """Whether something is blacked out."""
        return bool(self.regions) or self.crop

    def record(self) -> dict[str, Any]:
        """What the ledger keeps of it."""
        return {
            "burned_in": self.burned_in,
            "face": self.face,
            "text_search": "none-found" if self.find_text else "not-searched",
            "policy_sha256": self.policy,
        }


def decide(dataset: Dataset, policy: PixelPolicy) -> Decision:
    """What the policy says about an image from ``dicom.read``. Raises Unusable where its attributes are damaged."""
    try:
        device = policy.device(dataset)
        text, text_reason = _burned_in_text(dataset, policy, device)
        shown, face_reason = _face_shown(dataset, policy)
        regions = _regions(dataset, device) if device and device.action == "mask" else ()
    except Exception as error:
        # Whatever a hostile file makes pydicom raise when its attributes are read.
        raise Unusable(Reason.BROKEN) from error
    if regions is None:
        text, text_reason, regions = "refused", Reason.MAY_BE_BURNED_IN, ()
    return Decision(
        refused=text_reason or face_reason,
        regions=regions,
        crop=shown == "cropped",
        find_text=policy.find_text,
        burned_in=text,
        face=shown,
        policy=policy.hash,
    )


def _burned_in_text(dataset: Dataset, policy: PixelPolicy, device: Device | None) -> tuple[BurnedInText, Reason | None]:
    known = burned_in(dataset)
    if device:
        if device.action == "refuse":
            return "refused", Reason.BURNED_IN
        return ("masked" if device.action == "mask" else "accepted"), None
    if known is BurnedIn.UNLIKELY:
        return "not-expected", None
    if known is BurnedIn.NO and policy.declared_clean == "accept":
        return "declared-absent", None
    setting = policy.burned_in if known is BurnedIn.YES else policy.may_be_burned_in
    if setting == "accept":
        return "accepted", None
    return "refused", Reason.BURNED_IN if known is BurnedIn.YES else Reason.MAY_BE_BURNED_IN


def _face_shown(dataset: Dataset, policy: PixelPolicy) -> tuple[FaceShown, Reason | None]:
    known = face(dataset)
    if known is Face.NO:
        return "not-expected", None
    setting = policy.faces if known is Face.YES else policy.unknown_body_part
    if setting == "refuse":
        return "refused", Reason.FACE if known is Face.YES else Reason.MAY_BE_FACE
    return ("cropped" if setting == "crop" else "accepted"), None


def _regions(dataset: Dataset, device: Device) -> tuple[Region, ...] | None:
    """What a masking device blacks out; None where it keeps the file's own regions and the file has none."""
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    if device.regions:
        return device.regions
    kept = _ultrasound_regions(dataset, rows, columns) if isinstance(device.keep, str) else device.keep
    return outside(kept, rows, columns) if kept else None


def _ultrasound_regions(dataset: Dataset, rows: int, columns: int) -> tuple[Region, ...]:
    """Where the scanner says that its calibrated picture lies (PS3.3 C.8.5.5); corners are inclusive."""
    found = []
    for item in items(dataset, "SequenceOfUltrasoundRegions"):
        left, top = int(item.RegionLocationMinX0), int(item.RegionLocationMinY0)
        right, bottom = int(item.RegionLocationMaxX1), int(item.RegionLocationMaxY1)
        if 0 <= left < right and 0 <= top < bottom:
            region = Region(left, top, min(right + 1, columns) - left, min(bottom + 1, rows) - top)
            if region.width > 0 and region.height > 0:
                found.append(region)
    return tuple(found)
