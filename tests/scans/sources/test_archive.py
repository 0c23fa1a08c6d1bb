"""Zip archives are read without being unpacked; tricks are refused member by member."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.errors import BadInput
from gtctl.scans import sources
from gtctl.scans.skipping import Reason
from tests.scans.sources.test_folder import read


def archive(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """An archive of members by name, in their order."""
    with zipfile.ZipFile(path, "w", compression) as made:
        for name, member in members.items():
            made.writestr(zipfile.ZipInfo(name), member, compression)
    return path


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_come_in_the_order_of_the_archive(tmp_path: Path, compression: int) -> None:
    members = {"b/2": b"two" * 100, "b/": b"", "a": b"one"}
    assert read(archive(tmp_path / "a.zip", members, compression)) == [b"two" * 100, b"one"]


def test_an_archive_is_told_by_its_content(tmp_path: Path) -> None:
    assert read(archive(tmp_path / "a.dcm", {"x": b"x"})) == [b"x"]


def test_an_empty_archive_has_no_files(tmp_path: Path) -> None:
    assert read(archive(tmp_path / "a.zip", {})) == []


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", "C:/x", "a\\..\\x"])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    assert read(archive(tmp_path / "a.zip", {name: b"x", "good": b"y"})) == [Reason.OUTSIDE, b"y"]


def test_links_and_devices_are_no_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFREG):
            member = zipfile.ZipInfo(str(kind))
            member.create_system, member.external_attr = 3, (kind | 0o644) << 16
            made.writestr(member, b"/etc/passwd")
    assert read(tmp_path / "a.zip") == [Reason.NOT_A_FILE, Reason.NOT_A_FILE, b"/etc/passwd"]


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    content = bytearray(archive(tmp_path / "a.zip", {"x": b"x"}).read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    assert read(tmp_path / "a.zip") == [Reason.ENCRYPTED]


def test_a_large_member_that_unpacks_to_far_more_than_it_holds_is_a_bomb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gtctl.scans.sources.archive.LARGE", 100_000)
    assert read(archive(tmp_path / "a.zip", {"x": bytes(200_000), "y": os.urandom(200_000)}))[0] is Reason.BOMB
    monkeypatch.setattr("gtctl.scans.sources.archive.MAX_SOURCE_BYTES", 150_000)
    assert read(tmp_path / "a.zip") == [Reason.TOO_LARGE] * 2


def test_a_member_that_says_less_than_it_unpacks_to_is_broken(tmp_path: Path) -> None:
    content = bytearray(archive(tmp_path / "a.zip", {"x": bytes(100_000)}).read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 10)
    (tmp_path / "a.zip").write_bytes(content)
    assert read(tmp_path / "a.zip") == [Reason.BROKEN]


def test_members_that_share_their_bytes_are_a_bomb(tmp_path: Path) -> None:
    """The directory names one packed file many times over (Fifield, "A better zip bomb", 2019)."""
    content = archive(tmp_path / "a.zip", {"x": bytes(1000)}).read_bytes()
    directory, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    record = content[directory:end]
    tail = bytearray(content[end:])
    struct.pack_into("<HHI", tail, 8, 50, 50, 50 * len(record))
    (tmp_path / "a.zip").write_bytes(content[:directory] + record * 50 + tail)
    assert read(tmp_path / "a.zip") == [Reason.BOMB] * 50


def test_a_damaged_member_is_broken_and_the_others_are_not(tmp_path: Path) -> None:
    content = bytearray(archive(tmp_path / "a.zip", {"x": os.urandom(500), "y": b"y"}).read_bytes())
    content[100] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(content)
    assert read(tmp_path / "a.zip") == [Reason.BROKEN, b"y"]


def test_archives_within_are_given_as_they_are(tmp_path: Path) -> None:
    inner = archive(tmp_path / "inner.zip", {"x": b"x"}).read_bytes()
    assert read(archive(tmp_path / "a.zip", {"inner.zip": inner})) == [inner]


def test_a_packing_that_is_not_known_is_unreadable(tmp_path: Path) -> None:
    content = bytearray(archive(tmp_path / "a.zip", {"x": b"x"}).read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[8:10] = content[directory + 10 : directory + 12] = struct.pack("<H", 97)
    (tmp_path / "a.zip").write_bytes(content)
    assert read(tmp_path / "a.zip") == [Reason.UNREADABLE]


def test_an_archive_that_broke_off_is_bad_input(tmp_path: Path) -> None:
    content = archive(tmp_path / "a.zip", {"x": b"x"}).read_bytes()
    (tmp_path / "a.zip").write_bytes(content[:-10])
    with pytest.raises(BadInput, match="directory cannot be read"):
        read(tmp_path / "a.zip")


def test_an_archive_that_has_changed_is_read_anew(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"x": b"old"})
    assert read(path) == [b"old"]
    archive(path, {"x": b"new"})
    os.utime(path, ns=(1, 1))
    assert read(path) == [b"new"]


def _whole() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(3):
            made.writestr(f"{number}", bytes(50 + number))
    return stream.getvalue()


WHOLE = _whole()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4)), max_size=3))
def test_a_hostile_archive_gives_files_reasons_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, bytes]]
) -> None:
    hostile = bytearray(WHOLE)
    for position, junk in damage:
        hostile[position : position + len(junk)] = junk
    path = tmp_path_factory.mktemp("hostile") / "a.zip"
    path.write_bytes(b"PK\x03\x04" + hostile[4:])
    try:
        found = read(path)
    except BadInput:
        return
    assert len(found) <= 3
    assert all(isinstance(each, Reason) or len(each) <= sources.MAX_SOURCE_BYTES for each in found)
