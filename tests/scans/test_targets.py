"""Images reach S3 encrypted with the right key, once; where they do not, nothing is left there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.scans import ledger, ledger_store, s3, targets
from gtctl.scans.prepare import How, prepare
from gtctl.scans.summary import Summary
from tests.scans import runs
from tests.scans.runs import run, write
from tests.scans.test_ledger import entry

BUCKET = "scans"
DEST = f"s3://{BUCKET}/study-1/"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A key in an account with the bucket ``scans``."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield boto3.client("kms").create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder of three scans and a text."""
    for number in range(3):
        write(tmp_path / f"in/{number}.dcm", number)
    (tmp_path / "in/x.txt").write_text("x")
    return tmp_path / "in"


def objects() -> dict[str, bytes]:
    """What lies in the bucket, by key."""
    client = boto3.client("s3")
    listed = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {each["Key"]: client.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read() for each in listed}


def test_a_run_into_s3_gives_the_bytes_of_one_into_a_folder(scans: Path, tmp_path: Path, key: str) -> None:
    settings = runs.settings(with_dicom=True)
    summary = prepare(str(scans), DEST, settings, How(kms_key_arn=key))
    local = prepare(str(scans), str(tmp_path / "out"), settings)
    assert summary == local
    assert objects() == {f"study-1/{name}": content for name, content in runs.files(tmp_path / "out").items()}
    client = boto3.client("s3")
    for name in objects():
        head = client.head_object(Bucket=BUCKET, Key=name)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
        suffix = Path(name).suffix
        types = {".png": "image/png", ".dcm": "application/dicom", ".jsonl": "application/jsonlines"}
        assert head["ContentType"] == types[suffix]


def test_a_second_run_needs_nothing_but_what_lies_in_s3(scans: Path, key: str) -> None:
    run(scans, DEST, kms_key_arn=key)
    before = objects()
    summary = run(scans, DEST, kms_key_arn=key)
    assert (summary.prepared, summary.already_there) == (0, 3)
    assert objects() == before


def test_an_object_with_other_content_or_another_key_is_replaced(scans: Path, key: str) -> None:
    run(scans, DEST, kms_key_arn=key)
    before = objects()
    client = boto3.client("s3")
    first, second, _ = ledger.by_image(f"{DEST}ledger.jsonl")
    client.put_object(Bucket=BUCKET, Key=f"study-1/{first}", Body=b"other")
    other = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    again = {"CopySource": f"{BUCKET}/study-1/{second}", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": other}
    client.copy_object(Bucket=BUCKET, Key=f"study-1/{second}", **again)  # type: ignore[arg-type]
    summary = run(scans, DEST, kms_key_arn=key)
    assert (summary.prepared, summary.already_there) == (2, 1)
    assert client.head_object(Bucket=BUCKET, Key=f"study-1/{second}")["SSEKMSKeyId"] == key
    after = objects()
    images = [name for name in before if name.endswith(".png")]
    assert [after[name] for name in images] == [before[name] for name in images]


def test_a_run_cut_off_before_its_ledger_was_joined_is_taken_up_from_the_parts(
    scans: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as cut_off:
        cut_off.setattr(ledger_store, "PART_LINES", 1)
        cut_off.setattr(ledger_store.BucketLedger, "close", lambda _store: None)
        # Before the first image is in place, nothing more is taken in hand: each file is booked by itself.
        cut_off.setattr("gtctl.scans.prepare._MAX_PENDING_FILES", 0)
        run(scans, DEST, kms_key_arn=key)
    assert [name for name in objects() if "ledger" in name] == [
        f"study-1/ledger.jsonl.parts/0000000{number}.jsonl" for number in (1, 2, 3)
    ]
    write(scans / "3.dcm", 3)
    before = objects()
    assert run(scans, DEST, kms_key_arn=key, dry_run=True).already_there == 3
    assert objects() == before
    summary = run(scans, DEST, kms_key_arn=key)
    assert (summary.prepared, summary.already_there) == (1, 3)
    assert [name for name in objects() if "ledger" in name] == ["study-1/ledger.jsonl"]
    assert len(ledger.by_image(f"{DEST}ledger.jsonl")) == 4


def test_what_s3_encrypts_with_another_key_is_taken_back_and_ends_the_run(
    scans: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = s3.client().put_object

    def with_another_key(**request: Any) -> Any:
        return put(**request) | {"SSEKMSKeyId": "arn:aws:kms:us-east-1:123456789012:key/other"}

    monkeypatch.setattr(s3.client(), "put_object", with_another_key)
    with pytest.raises(EnvironmentFailed, match="did not encrypt"):
        run(scans, DEST, kms_key_arn=key)
    assert not objects()


def test_the_ledger_may_lie_elsewhere(scans: Path, tmp_path: Path, key: str) -> None:
    run(scans, DEST, kms_key_arn=key, ledger=str(tmp_path / "ledger.jsonl"))
    assert len(ledger.by_image(tmp_path / "ledger.jsonl")) == 3
    assert not [name for name in objects() if not name.endswith(".png")]
    assert run(scans, DEST, kms_key_arn=key, ledger=str(tmp_path / "ledger.jsonl")).already_there == 3
    run(scans, tmp_path / "out", kms_key_arn=key, ledger=f"s3://{BUCKET}/book/ledger.jsonl")
    assert (tmp_path / "ledger.jsonl").read_bytes() == objects()["book/ledger.jsonl"]


def test_a_dry_run_puts_nothing(scans: Path, key: str) -> None:
    summary = run(scans, DEST, kms_key_arn=key, dry_run=True)
    assert (summary.prepared, len(summary.quarantined)) == (3, 1)
    assert not objects()


@pytest.mark.parametrize("arn", [None, "", "alias/scans", "arn:aws:kms:us-east-1:123456789012:alias/scans"])
def test_nothing_goes_to_s3_without_a_key_arn(scans: Path, arn: str | None) -> None:
    with pytest.raises(BadInput, match="--kms-key-arn"):
        run(scans, DEST, kms_key_arn=arn)


def test_a_source_in_s3_gives_what_the_same_files_in_a_folder_give(scans: Path, tmp_path: Path, key: str) -> None:
    client = boto3.client("s3")
    for path in scans.iterdir():
        client.put_object(Bucket=BUCKET, Key=f"pacs/{path.name}", Body=path.read_bytes())
    client.put_object(Bucket=BUCKET, Key="pacs/folder/", Body=b"")
    client.put_object(Bucket=BUCKET, Key="pacs-2/0.dcm", Body=b"x")
    local = run(scans, tmp_path / "folder")
    assert run(f"s3://{BUCKET}/pacs", tmp_path / "out") == local
    assert runs.files(tmp_path / "out") == runs.files(tmp_path / "folder")
    assert run(f"s3://{BUCKET}/pacs/1.dcm", tmp_path / "one").prepared == 1


def test_images_below_the_source_prefix_are_left_out(scans: Path, key: str) -> None:
    client = boto3.client("s3")
    client.put_object(Bucket=BUCKET, Key="pacs/0.dcm", Body=(scans / "0.dcm").read_bytes())

    def again() -> Summary:
        return run(f"s3://{BUCKET}/pacs", f"s3://{BUCKET}/pacs/out", kms_key_arn=key)

    assert (again().files, again().files) == (1, 1)


def test_an_empty_prefix_is_bad_input(tmp_path: Path, key: str) -> None:
    with pytest.raises(BadInput, match="there is no object below SRC"):
        run(f"s3://{BUCKET}/nothing/", tmp_path / "out")


def test_a_ledger_with_a_torn_line_loses_that_line_only(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    for torn in (b"", b"{", b'{"schema_version":2,"image"', b'{"schema_version":2,"x":"' + b"y" * 200_000):
        path.write_bytes(ledger.lines([entry()]) + torn)
        store = ledger_store.open_store(str(path), None, read_only=True)
        assert list(store.known()) == [entry()]
        store.close()
        assert path.read_bytes().endswith(torn)
        store = ledger_store.open_store(str(path), None, read_only=False)
        store.append([entry(1)])
        store.close()
        assert path.read_bytes() == ledger.lines([entry(), entry(1)])


def test_a_file_that_is_no_ledger_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes")
    ledger_store.open_store(str(path), None, read_only=False).close()
    assert path.read_text() == "my notes"


def test_lines_are_whole_however_small_the_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Short(list[bytes]):
        def write(self, content: memoryview) -> int:
            self.append(bytes(content[:3]))
            return min(3, len(content))

    written = Short()
    ledger_store._write_all(written, b"0123456789")  # type: ignore[arg-type]
    assert b"".join(written) == b"0123456789"


def test_the_hash_of_a_file_tells_whether_it_is_there(tmp_path: Path) -> None:
    target = targets.Folder(tmp_path)
    assert not target.holds("a.png", "")
    target.put("a.png", b"x")
    assert target.holds("a.png", hashlib.sha256(b"x").hexdigest())
    assert not target.holds("a.png", hashlib.sha256(b"y").hexdigest())


def test_quarantine_lists_in_s3_are_those_of_the_last_run(scans: Path, key: str) -> None:
    run(scans, DEST, kms_key_arn=key)
    (line,) = objects()["study-1/quarantine.jsonl"].splitlines()
    assert json.loads(line)["reason"] == "not-dicom"
    (scans / "x.txt").unlink()
    run(scans, DEST, kms_key_arn=key)
    assert objects()["study-1/quarantine.jsonl"] == b""
