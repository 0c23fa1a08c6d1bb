"""A split loses and doubles nothing, keeps together what belongs together, and appears as a whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.manifests import places
from gtctl.manifests import split as module
from gtctl.manifests.split import How, split
from gtctl.scans import ledger
from tests.scans.test_ledger import entry

KEY = "arn:aws:kms:us-east-1:123456789012:key/right"


def line(number: int, **attributes: Any) -> str:
    return json.dumps({"source-ref": f"s3://scans/ct/{number:032x}.png", **attributes}) + "\n"


def write(path: Path, lines: Sequence[str]) -> str:
    path.write_text("".join(lines))
    return str(path)


def parts_of(folder: Path) -> list[list[str]]:
    return [path.read_text().splitlines(keepends=True) for path in sorted(folder.iterdir())]


def nothing_lost_or_doubled(lines: Sequence[str], parts: Sequence[Sequence[str]]) -> bool:
    """Whether the parts hold each line once, in order."""
    order = {each: at for at, each in enumerate(lines)}
    return sorted(each for part in parts for each in part) == sorted(lines) and all(
        list(part) == sorted(part, key=order.__getitem__) for part in parts
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("split")


@given(st.integers(1, 30), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_without_more_parts_are_as_few_as_hold_it_and_of_the_same_size(
    folders: Callable[[], Path], count: int, objects: int
) -> None:
    folder = folders()
    lines = [line(number) for number in range(count)]
    made = split(write(folder / "in", lines), str(folder / "out"), None, How(objects))
    parts = parts_of(folder / "out")
    assert [each for part in parts for each in part] == lines
    assert [(part.name, part.lines) for part in made] == [
        (f"part-{at:03d}.manifest", len(part)) for at, part in enumerate(parts, start=1)
    ]
    assert len(parts) == -(-count // objects)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=30), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_evenly_each_part_has_its_share_of_each_value(
    folders: Callable[[], Path], values: list[str], number_of_parts: int
) -> None:
    folder = folders()
    number_of_parts = min(number_of_parts, len(values))
    lines = [line(number, site=value) for number, value in enumerate(values)]
    split(write(folder / "in", lines), str(folder / "out"), None, How(parts=number_of_parts, evenly="site"))
    parts = parts_of(folder / "out")
    assert nothing_lost_or_doubled(lines, parts)
    counts = [Counter(json.loads(each)["site"] for each in part) for part in parts]
    for value in "abc":
        assert max(each[value] for each in counts) - min(each[value] for each in counts) <= 1
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.integers(0, 5), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_patient_is_in_two_parts(folders: Callable[[], Path], patients: list[int], more: int, evenly: bool) -> None:
    folder = folders()
    lines = [line(number, site="ab"[patient % 2]) for number, patient in enumerate(patients)]
    entries = [entry(number, patient=f"{patient:020x}") for number, patient in enumerate(patients)]
    (folder / "ledger.jsonl").write_bytes(ledger.lines(reversed(entries)))
    objects = max(Counter(patients).values()) + more
    how = How(objects, ledgers=[str(folder / "ledger.jsonl")], evenly="site" if evenly else None)
    made = split(write(folder / "in", lines), str(folder / "out"), None, how)
    parts = parts_of(folder / "out")
    assert nothing_lost_or_doubled(lines, parts)
    of_line = dict(zip(lines, patients, strict=True))
    of_parts = [{of_line[each] for each in part} for part in parts]
    assert [part.groups for part in made] == [len(each) for each in of_parts]
    assert sum(map(len, of_parts)) == len(set(patients))
    assert all(0 < len(part) <= objects for part in parts)


def test_an_attribute_may_say_what_stays_together(tmp_path: Path) -> None:
    lines = [line(number, study=number % 3) for number in range(9)]
    split(write(tmp_path / "in", lines), str(tmp_path / "out"), None, How(objects=3, together="study"))
    assert [{json.loads(each)["study"] for each in part} for part in parts_of(tmp_path / "out")] == [{0}, {1}, {2}]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (How(objects=2, ledgers=["ledger"]), "in: one patient has 3 images, and a part takes 2"),
        (How(ledgers=["ledger", "short"], together="series"), "with several secrets, so one series may have two"),
        (How(ledgers=["short"]), "in:2: its patient is not in the ledger"),
        (How(ledgers=["ledger"], together="modality"), "does not know 'modality'"),
        (How(together="x"), "in:1: its x is not in 'x'"),
        (How(evenly="x"), "in:1: it has no attribute 'x' to split evenly by"),
        (How(parts=4), "3 lines do not make 4 parts"),
        (How(objects=1, parts=2), "3 lines do not make 2 parts of 1 to 1"),
        (How(parts=2, ledgers=["ledger"]), "enough for 1 parts only"),
        (How(objects=3, parts=2, together="pair"), "2 parts of 3 do not hold it by pair"),
        (How(ledgers=["missing"]), "there is no file missing"),
    ],
)
def test_what_cannot_be_split_so_is_refused_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: How, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("in"), [line(number) for number in range(3)])
    if how.together == "pair":
        write(Path("in"), [line(number, pair=number // 2) for number in range(6)])
    Path("ledger").write_bytes(ledger.lines([entry(number) for number in range(3)]))
    Path("short").write_bytes(ledger.lines([entry(0, pseudonyms="ffffffff")]))
    before = set(tmp_path.iterdir())
    with pytest.raises(BadInput, match=message):
        split("in", "out", None, how)
    assert set(tmp_path.iterdir()) == before


def test_a_manifest_with_a_broken_line_is_not_split(tmp_path: Path) -> None:
    manifest = write(tmp_path / "in", [line(1), "{}\n", line(2)])
    with pytest.raises(BadInput, match="in:2: no line of a manifest"):
        split(manifest, str(tmp_path / "out"), None, How())
    with pytest.raises(BadInput, match="is empty"):
        split(write(tmp_path / "empty", []), str(tmp_path / "out"), None, How())
    assert not (tmp_path / "out").exists()


def test_more_parts_than_anybody_starts_jobs_for_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PARTS", 3)
    with pytest.raises(BadInput, match="more than 3 parts"):
        split(write(tmp_path / "in", [line(n) for n in range(4)]), str(tmp_path / "out"), None, How(objects=1))


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    manifest = write(tmp_path / "in", [line(1)])
    split(manifest, str(tmp_path / "out"), None, How())
    with pytest.raises(BadInput, match="is there already"):
        split(manifest, str(tmp_path / "out"), None, How())
    assert len(parts_of(tmp_path / "out")) == 1


def test_parts_that_cannot_all_be_written_are_not_there_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    manifest = write(tmp_path / "in", [line(number) for number in range(4)])
    with pytest.raises(EnvironmentFailed, match="No space left"):
        split(manifest, str(tmp_path / "out"), None, How(objects=1))
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_parts_in_s3_are_encrypted_and_all_there_or_none(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = boto3.client("s3")
    manifest = write(tmp_path / "in", [line(number) for number in range(3)])
    with pytest.raises(BadInput, match="give --kms-key-arn"):
        split(manifest, "s3://scans/parts", None, How(objects=1))

    put = places._put
    calls = []

    def fails_at_the_third(stream: Any, target: Any, key: str) -> None:
        calls.append(target)
        if len(calls) == 3:
            raise EnvironmentFailed("refused")
        put(stream, target, key)

    with monkeypatch.context() as patch:
        patch.setattr(places, "_put", fails_at_the_third)
        with pytest.raises(EnvironmentFailed, match="refused"):
            split(manifest, "s3://scans/parts", KEY, How(objects=1))
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)

    split(manifest, "s3://scans/parts", KEY, How(objects=1))
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == [f"parts/part-00{number}.manifest" for number in (1, 2, 3)]
    assert s3.head_object(Bucket=bucket, Key=keys[2])["SSEKMSKeyId"] == KEY
    with pytest.raises(BadInput, match="there is something below"):
        split(manifest, "s3://scans/parts/", KEY, How(objects=1))
