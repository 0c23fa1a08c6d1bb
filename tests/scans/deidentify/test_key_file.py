from __future__ import annotations

import base64
import io
import json
import multiprocessing
import os
import random
import resource
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.scans.deidentify import key_file, locks
from gtctl.scans.deidentify.key_file import KeyFile, Record, open_existing, open_or_make
from tests.account import Account
from tests.scans.deidentify.planted import slice_of

PASSPHRASE = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _cheap_scrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_SCRYPT_COST", 2**4)


def typed(_new: bool) -> str:
    return PASSPHRASE


def made(tmp_path: Path) -> KeyFile:
    return open_or_make(tmp_path / "ct.key", passphrase=typed)


def some(count: int, start: int = 0) -> list[Record]:
    return [
        Record(source_sha256=f"{n:064x}", patient=f"{n:020x}", patient_id=f"PLANTED{n}")
        for n in range(start, start + count)
    ]


def test_records_come_back_with_the_passphrase_and_nothing_of_them_is_readable(tmp_path: Path) -> None:
    opened = made(tmp_path)
    opened.append(some(3))
    opened.append(some(2, start=3))
    opened.append([])

    again = open_existing(opened.path, typed)

    assert list(again.records()) == some(5)
    assert again.pseudonyms == opened.pseudonyms
    content = opened.path.read_bytes()
    sealed = b"".join(base64.b64decode(line) for line in content.splitlines()[1:])
    for hidden in (b"PLANTED", opened.pseudonyms.secret, some(1)[0].source_sha256.encode()):
        assert hidden not in content
        assert hidden not in sealed
    assert opened.path.stat().st_mode & 0o777 == 0o600
    assert PASSPHRASE not in repr(opened) + content.decode()
    assert str(opened.pseudonyms.secret) not in repr(opened)


def test_a_run_that_is_taken_up_gets_the_same_pseudonyms(tmp_path: Path) -> None:
    first = made(tmp_path)
    first.append(some(1))

    second = made(tmp_path)
    second.append(some(1, start=1))

    assert second.pseudonyms == first.pseudonyms
    assert list(first.records()) == some(2)


def test_a_record_holds_the_originals_of_a_scan(tmp_path: Path) -> None:
    opened = made(tmp_path)
    scan = slice_of()
    scan.IssuerOfPatientID = "HOSPITAL"

    record = key_file.record(scan, opened.pseudonyms, "0" * 64, "disk/1.dcm")

    assert record.patient_id == scan.PatientID
    assert record.patient_id_issuer == "HOSPITAL"
    assert record.sop_instance_uid == scan.SOPInstanceUID
    assert record.patient == opened.pseudonyms.patient(scan)


@pytest.mark.parametrize("wrong", ["correct horse battery stapl", "", "other"])
def test_a_wrong_passphrase_opens_nothing_and_says_so(tmp_path: Path, wrong: str) -> None:
    made(tmp_path)

    with pytest.raises(BadInput, match="passphrase is wrong") as error:
        open_existing(tmp_path / "ct.key", lambda _new: wrong)
    assert not wrong or wrong not in str(error.value)


def test_a_passphrase_is_made_expensive_to_guess(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    start = time.thread_time()

    opened = made(tmp_path)

    assert json.loads(opened.path.read_bytes().split(b"\n")[0])["lock"]["n"] >= 2**17
    assert time.thread_time() - start > 0.05


def test_letters_that_are_typed_in_another_form_are_the_same_passphrase(tmp_path: Path) -> None:
    open_or_make(tmp_path / "ct.key", passphrase=lambda _new: "schlüsselwörter")

    open_existing(tmp_path / "ct.key", lambda _new: "schlu\u0308sselwo\u0308rter")


def test_a_short_passphrase_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="12 characters"):
        open_or_make(tmp_path / "ct.key", passphrase=lambda _new: "short")
    assert not (tmp_path / "ct.key").exists()


def test_a_changed_record_is_refused_with_its_line_and_the_others_stay_readable(tmp_path: Path) -> None:
    opened = made(tmp_path)
    for n in range(3):
        opened.append(some(1, start=n))
    lines = opened.path.read_bytes().splitlines(keepends=True)
    sealed = bytearray(base64.b64decode(lines[3]))
    sealed[20] ^= 1
    opened.path.write_bytes(b"".join([*lines[:3], base64.b64encode(sealed) + b"\n", lines[4]]))

    with pytest.raises(BadInput, match=r"ct\.key:4"):
        list(opened.records())
    opened.path.write_bytes(b"".join([*lines[:3], lines[4]]))
    assert list(opened.records()) == [*some(1), *some(1, start=2)]


@pytest.mark.parametrize("field", ["id", "salt", "n", "format", "more"])
def test_a_changed_first_line_opens_nothing(tmp_path: Path, field: str) -> None:
    opened = made(tmp_path)
    first, rest = opened.path.read_bytes().split(b"\n", 1)
    header: dict[str, Any] = json.loads(first)
    match field:
        case "id":
            header["id"] = "0" * 32
        case "salt":
            header["lock"]["salt"] = base64.b64encode(bytes(16)).decode()
        case "n":
            header["lock"]["n"] = 2**40
        case "format":
            header["format"] = "other"
        case "more":
            header["more"] = 1
    opened.path.write_bytes(json.dumps(header).encode() + b"\n" + rest)

    with pytest.raises(BadInput):
        open_existing(opened.path, typed)


def test_lines_of_another_key_file_are_not_taken(tmp_path: Path) -> None:
    one, other = made(tmp_path), open_or_make(tmp_path / "other.key", passphrase=typed)
    other.append(some(1))
    with one.path.open("ab") as stream:
        stream.write(other.path.read_bytes().splitlines(keepends=True)[2])

    with pytest.raises(BadInput, match=r"ct\.key:3"):
        list(one.records())


def test_a_torn_tail_is_passed_over_by_readers_and_dropped_by_writers(tmp_path: Path) -> None:
    opened = made(tmp_path)
    opened.append(some(1))
    whole = opened.path.read_bytes()
    with opened.path.open("ab") as stream:
        stream.write(b"QUJD" * 40_000)

    assert list(opened.records()) == some(1)
    opened.append(some(1, start=1))
    assert list(opened.records()) == some(2)
    assert opened.path.read_bytes().startswith(whole)


def test_a_file_whose_making_was_killed_is_made_anew(tmp_path: Path) -> None:
    whole = made(tmp_path).path.read_bytes()
    for end in (1, 20, whole.index(b"\n") + 1, len(whole) - 1):
        (tmp_path / "ct.key").write_bytes(whole[:end])

        assert open_existing(made(tmp_path).path, typed)


@pytest.mark.parametrize("content", [b"patients.csv\n1,2\n", b"{}", b'{"format":"other"}\n\n'])
def test_another_kind_of_file_is_never_written_to(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ct.key").write_bytes(content)
    (tmp_path / "ct.key").chmod(0o600)

    with pytest.raises(BadInput, match="not a key file"):
        made(tmp_path)
    assert (tmp_path / "ct.key").read_bytes() == content


def test_a_place_beside_the_images_is_refused(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    (tmp_path / "link").symlink_to(images)
    for place in (
        images / "ct.key",
        images / "deep" / "ct.key",
        tmp_path / "link" / "ct.key",
        images / ".." / "images" / "k",
    ):
        with pytest.raises(BadInput, match="beside the images"):
            open_or_make(place, destination=images, passphrase=typed)
    assert list(images.iterdir()) == []


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    made(tmp_path).path.chmod(0o640)

    with pytest.raises(BadInput, match="chmod 600"):
        made(tmp_path)


def test_a_place_that_cannot_be_written_is_the_environments_failure(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailed):
        open_or_make(tmp_path / "no folder" / "ct.key", passphrase=typed)


def _append_until_the_disk_is_full(opened: KeyFile) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = opened.path.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40, size + 40))
    try:
        opened.append(some(50, start=100))
    except EnvironmentFailed:
        os._exit(7)
    os._exit(0)


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    opened = made(tmp_path)
    opened.append(some(1))
    before = opened.path.read_bytes()

    process = multiprocessing.get_context("fork").Process(target=_append_until_the_disk_is_full, args=(opened,))
    process.start()
    process.join(60)

    assert process.exitcode == 7
    assert opened.path.read_bytes() == before


def _append_many(opened: KeyFile, start: int) -> None:
    for n in range(start, start + 1000):
        opened.append(some(1, start=n))


def test_processes_that_append_at_once_lose_nothing(tmp_path: Path) -> None:
    opened = made(tmp_path)
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_append_some, args=(opened, 100 * k)) for k in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert {each.patient_id for each in opened.records()} == {
        f"PLANTED{100 * k + n}" for k in range(4) for n in range(25)
    }


def _append_some(opened: KeyFile, start: int) -> None:
    for n in range(start, start + 25):
        opened.append(some(1, start=n))


def test_a_run_killed_at_any_point_leaves_a_file_that_opens_and_goes_on(tmp_path: Path) -> None:
    opened = made(tmp_path)
    context = multiprocessing.get_context("fork")
    there = 0
    for attempt in range(4):
        process = context.Process(target=_append_many, args=(opened, 1000 * attempt))
        process.start()
        time.sleep(random.uniform(0.02, 0.08))
        process.kill()
        process.join(60)
        opened.append([Record(source_sha256="end", patient=str(attempt))])

        found = list(open_existing(opened.path, typed).records())
        assert found[-1].patient == str(attempt)
        assert len(found) > there
        there = len(found)


def test_a_key_of_kms_opens_the_file_and_no_other_key_or_file_does(tmp_path: Path, account: Account) -> None:
    path = tmp_path / "ct.key"
    opened = open_or_make(path, kms_key_arn=account.key_arn)
    opened.append(some(2))
    other = account.client("kms").create_key()["KeyMetadata"]["Arn"]

    assert list(open_existing(path).records()) == some(2)
    assert open_or_make(path, kms_key_arn=account.key_arn).pseudonyms == opened.pseudonyms
    with pytest.raises(BadInput, match="another key"):
        open_or_make(path, kms_key_arn=other)
    with pytest.raises(BadInput, match="key"):
        open_or_make(tmp_path / "wrong.key", kms_key_arn="arn:aws:kms:eu-west-1:1:alias/x")

    first, rest = path.read_bytes().split(b"\n", 1)
    header = json.loads(first)
    header["id"] = "0" * 32
    path.write_bytes(json.dumps(header).encode() + b"\n" + rest)
    with pytest.raises(BadInput):
        open_existing(path)


def test_the_passphrase_comes_from_the_environment_and_is_never_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GTCTL_KEY_PASSPHRASE", PASSPHRASE)
    path = open_or_make(tmp_path / "ct.key").path
    assert open_existing(path, typed)

    monkeypatch.delenv("GTCTL_KEY_PASSPHRASE")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(BadInput, match="GTCTL_KEY_PASSPHRASE"):
        open_existing(path)
