"""Samples and merged manifests hold what they should, once, and in order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.errors import BadInput, Refused
from gtctl.manifests.merge import Merged, merge
from gtctl.manifests.sample import sample
from gtctl.manifests.split import How, split
from tests.manifests.test_split import line, parts_of, write


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("manifests")


@given(st.integers(1, 20), st.data(), st.integers())
@settings(max_examples=40, deadline=None)
def test_a_sample_has_as_many_lines_as_asked_for_in_their_order(
    folders: Callable[[], Path], count: int, data: st.DataObject, seed: int
) -> None:
    folder = folders()
    wanted = data.draw(st.integers(1, count))
    lines = [line(number) for number in range(count)]
    assert sample(write(folder / "in", lines), str(folder / "out"), None, wanted, seed) == count
    drawn = (folder / "out").read_text().splitlines(keepends=True)
    assert len(drawn) == wanted
    assert [each for each in lines if each in drawn] == drawn


def test_the_same_seed_draws_the_same_lines_on_every_machine(tmp_path: Path) -> None:
    manifest = write(tmp_path / "in", [line(number) for number in range(100)])

    def drawn(seed: int) -> list[int]:
        sample(manifest, str(tmp_path / "out"), None, 5, seed)
        lines = (tmp_path / "out").read_text().splitlines()
        return [int(json.loads(each)["source-ref"].rpartition("/")[2].removesuffix(".png"), 16) for each in lines]

    assert drawn(7) == drawn(7) == [8, 21, 56, 70, 78]
    assert drawn(8) != drawn(7)


def test_every_line_has_the_same_chance(tmp_path: Path) -> None:
    manifest = write(tmp_path / "in", [line(number) for number in range(10)])
    counts: Counter[str] = Counter()
    for seed in range(300):
        sample(manifest, str(tmp_path / "out"), None, 3, seed)
        counts.update((tmp_path / "out").read_text().splitlines())
    # 90 are expected, with a standard deviation of 8; the seeds are always the same.
    assert all(60 < count < 120 for count in counts.values())


def test_more_lines_than_there_are_cannot_be_drawn(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has 1 lines, fewer than 2"):
        sample(write(tmp_path / "in", [line(1)]), str(tmp_path / "out"), None, 2, 0)
    assert not (tmp_path / "out").exists()


@given(st.integers(1, 20), st.integers(1, 20))
@settings(max_examples=30, deadline=None)
def test_the_parts_of_a_split_merge_to_what_was_split(folders: Callable[[], Path], count: int, objects: int) -> None:
    folder = folders()
    lines = [line(number) for number in range(count)]
    made = split(write(folder / "in", lines), str(folder / "out"), None, How(objects))
    parts = [str(folder / "out" / part.name) for part in made]
    assert merge(parts, str(folder / "merged"), None) == Merged(count, 0, 0)
    assert (folder / "merged").read_text() == "".join(lines)
    assert len(parts_of(folder / "out")) == len(parts)


@given(st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=1, max_size=4).filter(any))
@settings(max_examples=40, deadline=None)
def test_a_merged_manifest_has_each_image_once_in_the_order_of_its_first_line(
    folders: Callable[[], Path], manifests: list[list[int]]
) -> None:
    folder = folders()
    places = [
        write(folder / str(at), [line(number, n=number) for number in numbers]) for at, numbers in enumerate(manifests)
    ]
    order = list(dict.fromkeys(number for numbers in manifests for number in numbers))
    assert merge(places, str(folder / "out"), None) == Merged(len(order), sum(map(len, manifests)) - len(order), 0)
    assert (folder / "out").read_text() == "".join(line(number, n=number) for number in order)


def test_lines_that_say_the_same_in_other_words_are_no_conflict(tmp_path: Path) -> None:
    one = write(tmp_path / "one", ['{"source-ref":"s3://b/a.png","x":1,"y":{"a":1,"b":2}}\r\n'])
    other = write(tmp_path / "other", ['{ "y": {"b": 2, "a": 1}, "x": 1, "source-ref": "s3:\\/\\/b/a.png" }'])
    assert merge([one, other], str(tmp_path / "out"), None) == Merged(1, 1, 0)


def test_other_attributes_of_one_image_are_reported_and_nothing_is_written(tmp_path: Path) -> None:
    one = write(tmp_path / "one", [line(1, x=1), line(2, x=1)])
    other = write(tmp_path / "other", [line(3, x=1), line(2, x=2), line(1, x=1)])
    conflicts: list[tuple[str, str]] = []
    with pytest.raises(Refused, match="1 lines name an image that was there with other attributes"):
        merge([one, other], str(tmp_path / "out"), None, on_conflict=lambda *places: conflicts.append(places))
    assert conflicts == [(f"{other}:2", f"{one}:2")]
    assert not (tmp_path / "out").exists()
    assert merge([one, other], str(tmp_path / "out"), None, keep_first=True) == Merged(3, 2, 1)
    assert (tmp_path / "out").read_text() == line(1, x=1) + line(2, x=1) + line(3, x=1)


def test_nothing_is_not_merged(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing to merge"):
        merge([write(tmp_path / "in", [])], str(tmp_path / "out"), None)
    with pytest.raises(BadInput, match="in:1: no line of a manifest"):
        merge([write(tmp_path / "in", ["{}\n"])], str(tmp_path / "out"), None)
    assert not (tmp_path / "out").exists()
