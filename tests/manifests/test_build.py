"""Manifests are built whole, in a stable order, within the limits of a job."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.aws import S3Location
from gtctl.errors import BadInput
from gtctl.manifests import build as module
from gtctl.manifests.build import build, ledger_images, listed_images
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


@given(
    st.lists(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).map(lambda key: f"s3://bucket/{key}.png"),
        min_size=1,
        max_size=8,
    )
)
def test_a_manifest_gives_back_any_key_and_keeps_every_rule(
    tmp_path_factory: pytest.TempPathFactory, uris: list[str]
) -> None:
    output = tmp_path_factory.mktemp("build") / "out.manifest"
    assert build(iter(uris), str(output)) == len(uris)
    lines = output.read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line)["source-ref"] for line in lines] == uris
    with output.open("rb") as stream:
        assert list(problems(stream)) == []


def test_no_image_at_all_is_bad_input_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no image"):
        build(iter([]), str(tmp_path / "out.manifest"))
    assert list(tmp_path.iterdir()) == []


def test_one_image_more_than_a_job_takes_is_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DATASET_OBJECTS", 3)
    uris = [f"s3://b/{number}.png" for number in range(4)]
    assert build(uris[:3], str(tmp_path / "three")) == 3
    with pytest.raises(BadInput, match="more than 3 images"):
        build(uris, str(tmp_path / "four"))
    assert not (tmp_path / "four").exists()


def test_an_endless_source_is_not_read_beyond_the_limit(tmp_path: Path) -> None:
    drawn = 0

    def endless() -> Iterator[str]:
        nonlocal drawn
        while True:
            drawn += 1
            yield "s3://b/a.png"

    with pytest.raises(BadInput):
        build(endless(), str(tmp_path / "out"))
    assert drawn == 100_001


def test_a_key_longer_than_an_attribute_may_be_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="image 2: its URI is longer"):
        build(["s3://b/a.png", f"s3://b/{'a' * 20_000}.png"], str(tmp_path / "out"))


def test_a_ledger_gives_its_images_below_the_upload_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(ledger.lines([entry(2), entry(1), entry(2)]))
    assert list(ledger_images(path, S3Location("scans", "study-1/"))) == [
        f"s3://scans/study-1/{2:032x}.png",
        f"s3://scans/study-1/{1:032x}.png",
    ]


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
    monkeypatch.setattr(module, "MAX_IMAGE_BYTES", 2_000_000)
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
    build(["s3://b/a.png"], "s3://scans/in.manifest", key)
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
        build(["s3://b/a.png"], output, key)
    assert list(tmp_path.iterdir()) == []
