"""The policy file: what it may say, and which device it fits."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import yaml
from pydicom import Dataset

from gtctl.errors import BadInput
from gtctl.scans.pixels import policy
from gtctl.scans.pixels.policy import Device, PixelPolicy, load
from gtctl.scans.pixels.regions import Region
from tests.scans.dicom_files import dataset

PUBLISHED = Path(policy.__file__).with_name("pixel-policy.schema.json")
GUIDE = Path(__file__).parents[3] / "docs" / "pixels.md"

WHOLE = """
schema_version: 1
burned_in: accept
may_be_burned_in: accept
declared_clean: refuse
faces: crop
unknown_body_part: accept
find_text: true
devices:
  - action: mask
    manufacturer: GE*
    model: LOGIQ E9
    software_version: R5.0
    modality: US
    sop_class: 1.2.840.10008.5.1.4.1.1.6.1
    rows: 768
    columns: 1024
    regions:
      - {x: 0, y: 0, width: 1024, height: 60}
  - {action: mask, manufacturer: Philips, model: "*", keep: ultrasound-regions}
  - {action: mask, manufacturer: A, model: B, rows: 10, columns: 10, keep: [{x: 1, y: 1, width: 9, height: 9}]}
  - {action: refuse, modality: ES}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.yaml"
    path.write_text(text)
    return path


def test_without_a_file_all_that_is_doubtful_is_refused() -> None:
    assert load(None) == PixelPolicy(
        burned_in="refuse",
        may_be_burned_in="refuse",
        declared_clean="accept",
        faces="refuse",
        unknown_body_part="refuse",
        find_text=False,
        devices=(),
    )


def test_every_setting_of_a_file_is_read(tmp_path: Path) -> None:
    found = load(written(tmp_path, WHOLE))
    assert (found.burned_in, found.may_be_burned_in, found.declared_clean) == ("accept", "accept", "refuse")
    assert (found.faces, found.unknown_body_part, found.find_text) == ("crop", "accept", True)
    assert found.devices[0] == Device(
        action="mask",
        manufacturer="GE*",
        model="LOGIQ E9",
        software_version="R5.0",
        modality="US",
        sop_class="1.2.840.10008.5.1.4.1.1.6.1",
        rows=768,
        columns=1024,
        regions=(Region(0, 0, 1024, 60),),
    )
    assert [each.keep for each in found.devices] == [(), "ultrasound-regions", (Region(1, 1, 9, 9),), ()]
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own


def test_the_hash_tells_policies_apart_and_not_how_they_are_written(tmp_path: Path) -> None:
    assert load(written(tmp_path, "faces: crop")).hash == load(written(tmp_path, '{"faces": "crop"} # x')).hash
    assert load(written(tmp_path, "faces: crop")).hash != PixelPolicy().hash
    assert load(written(tmp_path, "schema_version: 1")).hash == PixelPolicy().hash


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("faces: hide", "faces"),
        ("face: crop", "unknown field `face`"),
        ("schema_version: 2", "schema_version"),
        ("find_text: perhaps", "find_text"),
        ("devices: [{model: x}]", "action"),
        ("devices: [{action: accept}]", "at least one criterion"),
        ("devices: [{action: accept, model: x, regions: [{x: 0, y: 0, width: 1, height: 1}]}]", "belong to the action"),
        ("devices: [{action: mask, model: x, rows: 5, columns: 5}]", "manufacturer and model"),
        ("devices: [{action: mask, manufacturer: x, model: x, rows: 5, columns: 5}]", "either regions"),
        (
            "devices: [{action: mask, manufacturer: x, model: x, regions: [{x: 0, y: 0, width: 1, height: 1}]}]",
            "rows and columns",
        ),
        (
            "devices: [{action: mask, manufacturer: x, model: x, rows: 5, columns: 5, "
            "regions: [{x: 0, y: 0, width: 6, height: 1}]}]",
            "beyond rows and columns",
        ),
        (
            "devices: [{action: mask, manufacturer: x, model: x, rows: 5, columns: 5, "
            "keep: [{x: 0, y: 5, width: 1, height: 1}]}]",
            "beyond rows and columns",
        ),
        ("devices: [{action: mask, manufacturer: x, model: x, keep: everything}]", "keep"),
        ("devices: [{action: refuse, rows: 0}]", "rows"),
        ("- faces: crop", "mapping"),
        ("faces: [", "line"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(BadInput) as refused:
        load(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot read .*nowhere\.yaml"):
        load(tmp_path / "nowhere.yaml")


def test_looking_for_text_without_the_extra_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gtctl.scans.pixels.ocr.find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"gtctl\[ocr\]"):
        load(written(tmp_path, "find_text: true"))


def image(**attributes: Any) -> Dataset:
    return dataset(
        np.zeros((10, 20), np.uint8),
        Manufacturer="GE Healthcare",
        ManufacturerModelName="LOGIQ E9",
        SoftwareVersions=["R5.0", "x"],
        **attributes,
    )


@pytest.mark.parametrize(
    ("criteria", "fits"),
    [
        ({"manufacturer": "ge healthcare"}, True),
        ({"manufacturer": "GE*", "model": "LOGIQ*"}, True),
        ({"manufacturer": "GE"}, False),
        ({"model": "LOGIQ E9", "software_version": "R5.?"}, True),
        ({"model": "LOGIQ E9", "software_version": "R6*"}, False),
        ({"rows": 10, "columns": 20}, True),
        ({"rows": 20, "columns": 10}, False),
        ({"modality": "CT"}, True),
        ({"sop_class": "1.2.840.10008.5.1.4.1.1.2"}, True),
        ({"sop_class": "1.2.840.10008.5.1.4.1.1.7*"}, False),
    ],
    ids=str,
)
def test_a_device_fits_by_all_of_its_criteria(criteria: dict[str, Any], fits: bool) -> None:
    assert Device(action="accept", **criteria).fits(image()) is fits


def test_what_an_image_does_not_say_fits_no_pattern() -> None:
    made = image()
    del made.Manufacturer
    made.ManufacturerModelName = ""
    assert not Device(action="accept", manufacturer="*").fits(made)
    assert not Device(action="accept", model="*").fits(made)


def test_the_published_schema_is_the_models() -> None:
    assert json.loads(PUBLISHED.read_bytes()) == json.loads(json.dumps(policy.json_schema())), (
        "write it again: .venv/bin/python -m gtctl.scans.pixels.policy > gtctl/scans/pixels/pixel-policy.schema.json"
    )


def test_the_schema_takes_what_the_program_takes() -> None:
    validator = jsonschema.Draft202012Validator(policy.json_schema())
    documents = [yaml.safe_load(WHOLE.replace("R5.0", '"R5.0"')), {}, {"faces": "crop"}]
    assert all(validator.is_valid(each) for each in documents)
    for wrong in ({"faces": "hide"}, {"face": "crop"}, {"devices": [{"model": "x"}]}, {"schema_version": 2}):
        assert not validator.is_valid(wrong)


def test_the_example_of_the_guide_is_a_policy(tmp_path: Path) -> None:
    example = GUIDE.read_text().partition("```yaml\n")[2].partition("```")[0]
    assert load(written(tmp_path, example)).devices
