"""The pixel policy: one YAML file that says what happens to images that may show whose they are.

Without a file everything doubtful is refused. The model is also published as JSON Schema (pixel-policy.schema.json).
docs/pixels.md explains it.
"""

from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from gtctl.errors import BadInput
from gtctl.scans.pixels.burned_in import sop_class_of
from gtctl.scans.pixels.descriptions import value
from gtctl.scans.pixels.regions import Region

if TYPE_CHECKING:
    from pydicom import Dataset

ULTRASOUND_REGIONS = "ultrasound-regions"

_Pattern = Annotated[str, msgspec.Meta(min_length=1, description="* stands for anything; case does not matter.")]
_Side = Annotated[int, msgspec.Meta(ge=1, le=65535)]
_Text = Literal["refuse", "accept"]
_Face = Literal["refuse", "crop", "accept"]


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to do with the images of one kind of device. All criteria that are given must fit the image.

    Criteria are patterns of the attributes Manufacturer, Manufacturer's Model Name, Software Versions (its first
    value), Modality and SOP Class UID, and the exact Rows and Columns. ``regions`` are blacked out; ``keep`` blacks
    out everything but them, and ``ultrasound-regions`` are those that the file names (Sequence of Ultrasound Regions).
    """

    action: Literal["refuse", "accept", "mask"]
    manufacturer: _Pattern | None = None
    model: _Pattern | None = None
    software_version: _Pattern | None = None
    modality: _Pattern | None = None
    sop_class: _Pattern | None = None
    rows: _Side | None = None
    columns: _Side | None = None
    regions: tuple[Region, ...] = ()
    keep: tuple[Region, ...] | Literal["ultrasound-regions"] = ()

    def fits(self, dataset: Dataset) -> bool:
        """Whether the image meets every criterion. An attribute that the image lacks meets none."""
        pairs = (
            (self.manufacturer, value(dataset, "Manufacturer")),
            (self.model, value(dataset, "ManufacturerModelName")),
            (self.software_version, value(dataset, "SoftwareVersions")),
            (self.modality, value(dataset, "Modality")),
            (self.sop_class, sop_class_of(dataset)),
        )
        return (
            all(_fits(found, pattern) for pattern, found in pairs if pattern is not None)
            and self.rows in (None, dataset.Rows)
            and self.columns in (None, dataset.Columns)
        )


class PixelPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings, each at its safest unless given. Picklable; the same settings have the same ``hash``.

    burned_in: images whose attributes say that text is burned in.
    may_be_burned_in: images that do not say it, of a kind that mostly has such text.
    declared_clean: images of such a kind that declare that there is none.
    faces: heads in CT, MR and PET, and photographs, by which somebody can be recognised.
    unknown_body_part: the same kinds of images where nothing tells what they show.
    find_text: look for text in every image (needs the extra "ocr"), and refuse what has some.
    devices: the first that fits an image decides on its burned-in text, whatever the image says.
    """

    schema_version: Literal[1] = 1
    burned_in: _Text = "refuse"
    may_be_burned_in: _Text = "refuse"
    declared_clean: _Text = "accept"
    faces: _Face = "refuse"
    unknown_body_part: _Face = "refuse"
    find_text: bool = False
    devices: tuple[Device, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 in hex of the settings, however they were written."""
        return _hash(self)

    def device(self, dataset: Dataset) -> Device | None:
        """The first device that the image fits."""
        return next((each for each in self.devices if each.fits(dataset)), None)


def load(path: Path | None) -> PixelPolicy:
    """The policy in a YAML file; the defaults without one. Raises BadInput for a file that makes no sense."""
    if path is None:
        return PixelPolicy()
    # Text stays text: a software version 5.0 is no number.
    from gtctl.jobs.yaml_text import read_yaml

    try:
        policy = msgspec.convert(read_yaml(path), PixelPolicy, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"{path}: {error}: docs/pixels.md explains the pixel policy") from error
    for number, device in enumerate(policy.devices):
        if wrong := _what_is_wrong(device):
            raise BadInput(f"{path}: devices[{number}]: {wrong}")
    if policy.find_text:
        from gtctl.scans.pixels.ocr import require

        require()
    return policy


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a policy, as published in pixel-policy.schema.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Pixel policy of gtctl scans prepare",
        **msgspec.json.schema(PixelPolicy),
    }


@lru_cache(maxsize=4)
def _hash(policy: PixelPolicy) -> str:
    return hashlib.sha256(msgspec.json.encode(policy, order="sorted")).hexdigest()


def _what_is_wrong(device: Device) -> str | None:
    criteria = (device.manufacturer, device.model, device.software_version, device.modality, device.sop_class)
    if not any((*criteria, device.rows, device.columns)):
        return "fits every image: name at least one criterion, such as manufacturer and model"
    if device.action != "mask":
        return "regions and keep belong to the action mask" if device.regions or device.keep else None
    if not (device.manufacturer and device.model):
        return "mask needs manufacturer and model: other devices draw their text elsewhere"
    if bool(device.regions) == bool(device.keep):
        return "mask needs either regions to black out, or keep"
    if device.keep == ULTRASOUND_REGIONS:
        return None
    if device.rows is None or device.columns is None:
        return "mask needs rows and columns: regions are pixels of images of one size"
    for region in (*device.regions, *device.keep):
        if not isinstance(region, Region) or not region.lies_in(device.rows, device.columns):
            return "a region reaches beyond rows and columns"
    return None


def _fits(found: str, pattern: str) -> bool:
    return bool(found) and fnmatchcase(found.lower(), pattern.lower().strip())


if __name__ == "__main__":
    import json
    import sys

    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
