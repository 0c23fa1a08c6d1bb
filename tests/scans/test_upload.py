"""Images reach S3 encrypted with the right key, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from gtctl.aws import S3Location
from gtctl.errors import BadInput
from gtctl.scans import ledger
from gtctl.scans.prepare import prepare
from gtctl.scans.upload import Uploaded, upload
from tests.scans.dicom_files import content, dataset, ramp

TARGET = S3Location("scans", "study-1/")


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A key in an account with the bucket ``scans``."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=TARGET.bucket)
        yield boto3.client("kms").create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with three images and their ledger."""
    for number in range(3):
        (tmp_path / f"{number}.dcm").write_bytes(content(dataset(ramp(low=number))))
    prepare(tmp_path, tmp_path / "out")
    return tmp_path / "out"


def test_every_image_is_put_below_the_target_with_the_key(images: Path, key: str) -> None:
    assert upload(images / "ledger.jsonl", images, TARGET, key) == Uploaded(3, 0)
    s3 = boto3.client("s3")
    for name in ledger.by_image(images / "ledger.jsonl"):
        found = s3.get_object(Bucket=TARGET.bucket, Key=f"study-1/{name}")
        assert found["Body"].read() == (images / name).read_bytes()
        assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)
        assert found["ContentType"] == "image/png"


def test_what_is_there_already_is_not_put_again(images: Path, key: str) -> None:
    upload(images / "ledger.jsonl", images, TARGET, key)
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    assert upload(images / "ledger.jsonl", images, TARGET, key, count) == Uploaded(0, 3)
    assert calls == 3


def test_an_object_with_other_content_or_another_key_is_replaced(images: Path, key: str) -> None:
    upload(images / "ledger.jsonl", images, TARGET, key)
    s3 = boto3.client("s3")
    first, second, _ = ledger.by_image(images / "ledger.jsonl")
    s3.put_object(Bucket=TARGET.bucket, Key=f"study-1/{first}", Body=b"other")
    other_key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.copy_object(
        Bucket=TARGET.bucket,
        Key=f"study-1/{second}",
        CopySource=f"{TARGET.bucket}/study-1/{second}",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=other_key,
    )
    assert upload(images / "ledger.jsonl", images, TARGET, key) == Uploaded(2, 1)
    assert s3.head_object(Bucket=TARGET.bucket, Key=f"study-1/{second}")["SSEKMSKeyId"] == key


def test_an_image_that_is_not_the_ledgers_is_refused(images: Path, key: str) -> None:
    name = next(iter(ledger.by_image(images / "ledger.jsonl")))
    (images / name).write_bytes(b"junk")
    with pytest.raises(BadInput, match="run gtctl scans prepare again"):
        upload(images / "ledger.jsonl", images, TARGET, key)
    (images / name).unlink()
    with pytest.raises(BadInput, match="run gtctl scans prepare again"):
        upload(images / "ledger.jsonl", images, TARGET, key)


@pytest.mark.parametrize("arn", ["", "alias/scans", "arn:aws:kms:us-east-1:123456789012:alias/scans"])
def test_what_is_no_key_arn_is_refused_before_any_call(images: Path, arn: str) -> None:
    with pytest.raises(BadInput, match="--kms-key-arn"):
        upload(images / "ledger.jsonl", images, TARGET, arn)
