"""Folders are read whole, in a stable order, without following what leads elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gtctl.errors import BadInput
from gtctl.scans import sources
from gtctl.scans.skipping import Reason, Unusable


def read(place: Path | str, leave_out: Path | str | None = None) -> list[bytes | Reason]:
    """Every item's content, or why there is none."""
    found: list[bytes | Reason] = []
    for item in sources.items(str(place), str(leave_out) if leave_out else None):
        try:
            found.append(item.read())
        except Unusable as error:
            found.append(error.reason)
    return found


def test_files_come_folder_by_folder_in_sorted_order(tmp_path: Path) -> None:
    for name in ("b", "a", "z/b", "z/a", "c/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert read(tmp_path) == [b"a", b"b", b"c/x", b"z/a", b"z/b"]


def test_the_destination_below_the_source_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/image").touch()
    (tmp_path / "a").write_text("a")
    assert read(tmp_path, tmp_path / "out") == [b"a"]
    assert read(tmp_path, tmp_path / "elsewhere") == [b"a", b""]


def test_a_file_is_a_source_of_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert read(tmp_path / "a") == [b"x"]


def test_what_is_no_file_is_told_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a pipe")
    (tmp_path / "b dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "c loop").symlink_to(tmp_path)
    (tmp_path / "d circle").symlink_to(tmp_path / "e circle")
    (tmp_path / "e circle").symlink_to(tmp_path / "d circle")
    assert read(tmp_path) == [Reason.NOT_A_FILE] * 5


def test_a_folder_that_cannot_be_read_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refuse(path: str) -> Any:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert read(tmp_path) == [b"a", Reason.UNREADABLE]


def test_a_file_too_large_to_hold_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("xxx")
    monkeypatch.setattr("gtctl.scans.sources.folder.MAX_SOURCE_BYTES", 2)
    assert read(tmp_path) == [Reason.TOO_LARGE]


def test_a_missing_source_is_refused_without_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path / "DOE_JANE")
    assert "DOE" not in str(refused.value)
