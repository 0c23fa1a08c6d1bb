"""Manifests are built whole, in a stable order, within the limits of a job."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gtctl.audit import identifiers
from gtctl.aws import S3Location, parse_s3_uri
from gtctl.errors import BadInput
from gtctl.manifests import build as module
from gtctl.manifests import sources
from gtctl.manifests.build import Built, build
from gtctl.manifests.lines import SOURCE_REF, Row
from gtctl.manifests.sources import FROM_LEDGER, check_names, ledger_rows, list_rows, listed_images
from gtctl.manifests.validate import problems
from gtctl.scans import ledger
from tests.scans.test_ledger import entry


def put(bucket: str, *keys: str, body: bytes = b"x") -> None:
    """Objects with the same body."""
    s3 = boto3.client("s3")
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=body)


def references(manifest: Path) -> list[str]:
    """The images that a manifest names."""
    return [json.loads(line)["source-ref"] for line in manifest.read_text().splitlines()]


def rows(*uris: str) -> list[Row]:
    """A row for each URI, and nothing carried along."""
    return [{SOURCE_REF: uri} for uri in uris]


def lines(text: str) -> io.BytesIO:
    """A list, as a stream."""
    return io.BytesIO(text.encode())


def listed(text: str, name: str = "list.txt", base: str | None = None, **options: Any) -> list[Row]:
    """The rows of a list."""
    left_out: Counter[str] = options.pop("left_out", Counter())
    return list(list_rows(lines(text), name, parse_s3_uri(base) if base else None, left_out, **options))


keys = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).map(lambda key: f"s3://bucket/{key}.png")
values = st.none() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=8), max_size=2)


@given(st.lists(st.tuples(keys, values), min_size=1, max_size=8, unique_by=lambda pair: pair[0]))
def test_a_manifest_gives_back_what_it_was_built_of_and_keeps_every_rule(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, Any]]
) -> None:
    assume(not any(identifiers.kinds(uri) or identifiers.has_date(uri) for uri, _ in pairs))
    assume(not any(identifiers.first_in("note", value) for _, value in pairs))
    written: list[Row] = [{SOURCE_REF: uri, "note": value} for uri, value in pairs]
    output = tmp_path_factory.mktemp("build") / "out.manifest"
    assert build(iter(written), str(output)) == Built(len(pairs), 0)
    lines = output.read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line) for line in lines] == written
    with output.open("rb") as stream:
        assert list(problems(stream)) == []


def test_no_image_at_all_is_bad_input_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no image"):
        build(iter([]), str(tmp_path / "out.manifest"))
    assert list(tmp_path.iterdir()) == []


def test_one_image_more_than_a_job_takes_is_bad_input_unless_it_is_to_be_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_DATASET_OBJECTS", 3)
    four = rows(*(f"s3://b/{number}.png" for number in range(4)))
    assert build(four[:3] * 2, str(tmp_path / "three")) == Built(3, 3)
    with pytest.raises(BadInput, match="more than 3 images"):
        build(four, str(tmp_path / "four"))
    assert not (tmp_path / "four").exists()
    assert build(four, str(tmp_path / "four"), limited=False).images == 4


def test_an_endless_source_is_not_drawn_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DATASET_OBJECTS", 3000)
    drawn = 0

    def endless() -> Iterator[Row]:
        nonlocal drawn
        while True:
            drawn += 1
            yield {SOURCE_REF: "s3://b/a.png"}

    with pytest.raises(BadInput):
        build(endless(), str(tmp_path / "out"))
    assert drawn == 8000


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({SOURCE_REF: f"s3://b/{'a' * 20_000}.png"}, "image 2: its URI is longer"),
        ({SOURCE_REF: "s3://b/b.png", "note": "x" * 20_000}, "image 2: its attribute 'note' is longer"),
        (
            {SOURCE_REF: "s3://b/b.png", **{str(n): "x" * 19_000 for n in range(6)}},
            "image 2: its line has more than 100,000",
        ),
        ({SOURCE_REF: "s3://b/b.png", "note": "MRN 48291377"}, "image 2: its attribute 'note' looks like a person's m"),
        ({SOURCE_REF: "s3://b/b.png", "note": {"x": ["DOE^JANE"]}}, "looks like a person's name"),
        ({SOURCE_REF: "s3://b/b.png", "note": {"dob": 1}}, "looks like a person's date of birth"),
        ({SOURCE_REF: "s3://b/b.png", "note": "2026-11-24"}, "looks like a person's date"),
    ],
)
def test_attributes_that_are_too_long_or_identify_are_bad_input(tmp_path: Path, row: Row, message: str) -> None:
    with pytest.raises(BadInput, match=message) as refused:
        build([*rows("s3://b/a.png"), row], str(tmp_path / "out"))
    assert not {"48291377", "JANE", "2026"} & set(re.findall(r"\w+", str(refused.value)))
    assert list(tmp_path.iterdir()) == []


def test_of_images_that_are_there_twice_one_is_kept(tmp_path: Path) -> None:
    a, b, other = (
        {SOURCE_REF: uri, "n": n} for uri, n in (("s3://b/a.png", 1), ("s3://b/b.png", 1), ("s3://b/a.png", 2))
    )
    output = tmp_path / "out"
    assert build([a, b, a], str(output)) == Built(2, 1)
    assert list(map(json.loads, output.read_text().splitlines())) == [a, b]
    with pytest.raises(BadInput, match="images 1 and 3 are the same one, with other attributes"):
        build([a, b, other], str(output))
    assert build([a, b, other], str(output), keep="last") == Built(2, 1)
    assert list(map(json.loads, output.read_text().splitlines())) == [b, other]


def test_a_ledger_gives_its_images_below_the_upload_with_what_is_carried_along(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(ledger.lines([entry(2), entry(1, modality=None)]))
    place = S3Location("scans", "study-1/")
    images = [f"s3://scans/study-1/{number:032x}.png" for number in (2, 1)]
    assert list(ledger_rows(path, place)) == rows(*images)
    assert list(ledger_rows(path, place, ["modality", "frame"], {"site": "north"})) == [
        {SOURCE_REF: images[0], "modality": "CT", "frame": 0, "site": "north"},
        {SOURCE_REF: images[1], "modality": None, "frame": 0, "site": "north"},
    ]
    [first, _] = ledger_rows(path, place, list(FROM_LEDGER))
    whole = entry(2)
    assert first["patient-pseudonym"] == whole.patient
    assert (first["window"], first["position"], first["spacing"]) == ("file", (0, 0, 0), (1, 1))
    assert len(first) == len(FROM_LEDGER) + 1
    # Whatever a ledger may have carried along is no identifier.
    build([first], str(tmp_path / "out"))
    with (tmp_path / "out").open("rb") as stream:
        assert list(problems(stream)) == []


def test_a_ledger_that_is_damaged_where_it_matters_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    for wrong in (entry(3, image="../x.png"), entry(3, patient="DOE^JANE"), entry(3, schema_version=1)):
        path.write_bytes(ledger.lines([entry(1), wrong]))
        with pytest.raises(BadInput, match=r"ledger\.jsonl:2: ") as refused:
            list(ledger_rows(path, S3Location("b", ""), ["patient-pseudonym"]))
        assert "DOE" not in str(refused.value)
    with pytest.raises(BadInput, match="a ledger has no x to carry"):
        list(ledger_rows(path, S3Location("b", ""), ["x"]))


def test_a_list_of_uris_and_paths_gives_its_images() -> None:
    left_out: Counter[str] = Counter()
    text = "s3://b/a b.png\r\n\nx/c.JPG\nnotes.txt"
    assert listed(text, base="s3://scans/ct/", left_out=left_out) == rows("s3://b/a b.png", "s3://scans/ct/x/c.JPG")
    assert left_out == {"not .jpg, .jpeg or .png": 1}
    assert listed("s3://b/a.png", constants={"site": "x"}) == [{SOURCE_REF: "s3://b/a.png", "site": "x"}]


def test_a_table_gives_the_columns_that_are_carried_along() -> None:
    text = '\ufeffsite,source-ref,secret\r\n"a, ""b""",s3://b/1.png,x\r\n\r\nc,s3://b/2.png,y\r\n'
    assert listed(text, "list.csv", carry=["site"]) == [
        {SOURCE_REF: "s3://b/1.png", "site": 'a, "b"'},
        {SOURCE_REF: "s3://b/2.png", "site": "c"},
    ]
    text = '{"secret": 1, "source-ref": "s3://b/1.png", "n": [1]}\n'
    assert listed(text, "list.jsonl", carry=["n"]) == [{SOURCE_REF: "s3://b/1.png", "n": [1]}]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("list", "s3://b/a.png\nb.png", "list:2: neither"),
        ("list", "s3://b/a.png\n\udcff.png", "list:2: not UTF-8"),
        ("list.csv", "", "list.csv:1: the header needs the column 'source-ref'"),
        ("list.csv", "source-ref,n\ns3://b/a.png", "list.csv:2: 1 values for 2 columns"),
        ("list.csv", 'source-ref,n\n"s3://b/a.png', "list.csv:2: not CSV"),
        ("list.csv", "source-ref,n,n\n", "the column 'n', once"),
        ("list.jsonl", "{", "list.jsonl:1: not one JSON object"),
        ("list.jsonl", '{"source-ref":1,"n":1}', "list.jsonl:1: source-ref is no text"),
        ("list.jsonl", '{"source-ref":"s3://b/a.png"}', "list.jsonl:1: it has no 'n'"),
    ],
)
def test_a_list_that_cannot_be_read_is_named_by_its_line(name: str, text: str, message: str) -> None:
    stream = io.BytesIO(text.encode(errors="surrogateescape"))
    with pytest.raises(BadInput, match=re.escape(message)):
        list(list_rows(stream, name, None, Counter(), ["n"] if "." in name else []))


@pytest.mark.parametrize("path", ["/etc/a.png", "../a.png", "x/../a.png"])
def test_a_path_that_leaves_the_folder_is_refused(path: str) -> None:
    with pytest.raises(BadInput, match=r"list\.txt:1: neither"):
        listed(path, base="s3://scans/ct/")


@pytest.mark.parametrize("name", ["", "$x", "source-ref", "PatientName", "mrn", "study_date"])
def test_a_name_that_no_attribute_may_have_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        check_names(["site", name])
    check_names(FROM_LEDGER)


def test_a_folder_in_s3_gives_its_images_sorted_and_counts_the_rest(bucket: str) -> None:
    put(bucket, "s/b.png", "s/a.jpg", "s/A.JPEG", "s/deep/ü #?.png", "s/x.dcm", "s/y.json", "other/a.png", "s-2/a.png")
    put(bucket, "s/empty.png", body=b"")
    left_out: Counter[str] = Counter()
    expected = ["s/A.JPEG", "s/a.jpg", "s/b.png", "s/deep/ü #?.png"]
    for folder in ("s", "s/"):
        left_out.clear()
        assert list(listed_images(S3Location(bucket, folder), left_out)) == [f"s3://scans/{key}" for key in expected]
        assert left_out == {"not .jpg, .jpeg or .png": 2, "empty": 1}


def test_an_image_larger_than_a_job_takes_is_left_out(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_IMAGE_BYTES", 2_000_000)
    put(bucket, "a.png", body=b"x" * 2_000_001)
    put(bucket, "b.png", body=b"x" * 2_000_000)
    left_out: Counter[str] = Counter()
    assert list(listed_images(S3Location(bucket, ""), left_out)) == ["s3://scans/b.png"]
    assert left_out == {"larger than 2 MB": 1}


def test_a_listing_of_several_pages_is_read_to_its_end(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    put(bucket, *(f"{number}.png" for number in range(5)))
    assert boto3.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 2
    assert list(listed_images(S3Location(bucket, ""), Counter())) == [f"s3://scans/{n}.png" for n in range(5)]


def test_a_manifest_in_s3_is_encrypted_with_the_key(bucket: str) -> None:
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    build(rows("s3://b/a.png"), "s3://scans/in.manifest", key)
    found = boto3.client("s3").get_object(Bucket=bucket, Key="in.manifest")
    assert found["Body"].read() == b'{"source-ref":"s3://b/a.png"}\n'
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)


def test_a_manifest_that_fails_is_not_put_to_s3(bucket: str) -> None:
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(BadInput):
        build([], "s3://scans/in.manifest", key)
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize(
    ("output", "key", "message"),
    [
        ("s3://scans/in.manifest", None, "give --kms-key-arn"),
        ("s3://scans/in.manifest", "alias/x", "no key ARN"),
        ("s3://scans/", "arn:aws:kms:us-east-1:123456789012:key/x", "names no object"),
        ("out", "arn:aws:kms:us-east-1:123456789012:key/x", "leave out --kms-key-arn"),
    ],
)
def test_output_and_key_must_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, key: str | None, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=message):
        build(rows("s3://b/a.png"), output, key)
    assert list(tmp_path.iterdir()) == []
