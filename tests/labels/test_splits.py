"""Splits: no patient in two of them, shares as near as whole patients allow, the same for the same seed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.cli import run
from gtctl.errors import BadInput
from gtctl.labels.splits import assign, parse, patients
from gtctl.scans import ledger
from tests.labels.rows import labeled, write
from tests.scans.test_ledger import entry


def ledger_of(path: Path, patient_of_image: dict[int, int], pseudonyms: str = "0123abcd") -> str:
    """A ledger of images, by number, of patients, by number."""
    entries = [
        entry(image, patient=f"{patient:020x}", pseudonyms=pseudonyms) for image, patient in patient_of_image.items()
    ]
    path.write_bytes(ledger.lines(entries))
    return str(path)


@given(
    st.lists(st.integers(0, 30).map(str), min_size=3, max_size=200).filter(lambda groups: len(set(groups)) >= 3),
    st.integers(),
)
def test_each_group_has_one_split_and_no_split_is_empty(groups: list[str], seed: int) -> None:
    shares = {"train": 0.7, "val": 0.2, "test": 0.1}
    found = assign(groups, shares, seed)
    assert set(found) == set(groups)
    assert set(found.values()) == set(shares)
    assert found == assign(reversed(groups), shares, seed)


def test_shares_are_met_where_groups_are_small() -> None:
    groups = [str(number // 3) for number in range(3000)]
    found = assign(groups, {"train": 0.8, "val": 0.2}, 0)
    assert Counter(found[group] for group in groups)["val"] == pytest.approx(600, abs=3)
    assert found != assign(groups, {"train": 0.8, "val": 0.2}, 1)


def test_fewer_groups_than_splits_are_bad_input() -> None:
    with pytest.raises(BadInput, match="1 to divide into 2 splits"):
        assign(["one", "one"], {"a": 0.5, "b": 0.5}, 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "train",
        "train=1",
        "train=0.8",
        "train=0.8,train=0.2",
        "../x=0.5,y=0.5",
        "a=nan,b=1",
        "a=-1,b=2",
        "=0.5,b=0.5",
    ],
)
def test_shares_that_make_no_sense_are_bad_input(text: str) -> None:
    with pytest.raises(BadInput, match="--split"):
        parse(text)


def test_shares_are_read() -> None:
    assert parse("train=0.7, val=0.2,test-1=0.1") == {"train": 0.7, "val": 0.2, "test-1": 0.1}


def test_ledgers_of_different_secrets_cannot_tell_patients_apart(tmp_path: Path) -> None:
    ledgers = [ledger_of(tmp_path / "1", {0: 0}), ledger_of(tmp_path / "2", {1: 1}, pseudonyms="ffffffff")]
    with pytest.raises(BadInput, match="prepared with different secrets"):
        patients(ledgers)


def test_an_image_in_no_ledger_is_bad_input(tmp_path: Path) -> None:
    patient = patients([ledger_of(tmp_path / "1", {0: 0})])
    assert patient(f"ct/{0:032x}.png") == f"{0:020x}"
    with pytest.raises(BadInput, match="is in no ledger"):
        patient(f"ct/{1:032x}.png")


@pytest.mark.parametrize("format_name", ["coco", "csv", "manifest", "yolo", "voc", "cvat", "label-studio"])
def test_no_patient_is_in_two_splits_of_any_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], format_name: str
) -> None:
    patient_of_image = {number: number % 6 for number in range(30)}
    manifest = write(
        tmp_path / "m", *[labeled(f"ct/{number:032x}.png", (0, 1, 2, 3, 4)) for number in patient_of_image]
    )
    place = ledger_of(tmp_path / "ledger.jsonl", patient_of_image)
    output = tmp_path / "out"
    command = ["labels", "export", "--format", format_name, manifest, str(output), "--split", "train=0.7,val=0.3"]
    assert run([*command, "--ledger", place, "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts["splits"] == {"train": 20, "val": 10}
    of_split = images_by_split(output, format_name)
    people = {split: {patient_of_image[number] for number in images} for split, images in of_split.items()}
    assert {split: len(images) for split, images in of_split.items()} == counts["splits"]
    assert not people["train"] & people["val"]


def images_by_split(output: Path, format_name: str) -> dict[str, list[int]]:
    """The numbers of the images in each split, as the format tells it."""
    from xml.etree import ElementTree

    def numbers(text: str) -> list[int]:
        import re

        return sorted({int(each, 16) for each in re.findall(r"[0-9a-f]{32}", text)})

    lists = {"yolo": "{}.txt", "voc": "ImageSets/Main/{}.txt"}
    files = {"coco": "{}.json", "csv": "{}.csv", "manifest": "{}.manifest"} | lists
    splits = ("train", "val")
    if format_name in files:
        return {split: numbers((output / files[format_name].format(split)).read_text()) for split in splits}
    if format_name == "cvat":
        images = ElementTree.parse(output / "annotations.xml").findall("image")  # noqa: S314
        pairs = [(image.get("subset"), image.get("name", "")) for image in images]
    else:
        tasks = json.loads((output / "tasks.json").read_bytes())
        pairs = [(task["data"]["split"], task["data"]["image"]) for task in tasks]
    return {split: numbers(" ".join(name for found, name in pairs if found == split)) for split in splits}


def test_a_split_by_patient_needs_a_ledger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = write(tmp_path / "m", *[labeled(f"{number}.png") for number in range(4)])
    command = ["labels", "export", "--format", "coco", manifest, str(tmp_path / "out"), "--split", "a=0.5,b=0.5"]
    assert run(command) == 2
    assert "--by image" in capsys.readouterr().err
    assert run([*command, "--by", "image"]) == 0
    assert "divided into a: 2 images, b: 2 images" in capsys.readouterr().out
