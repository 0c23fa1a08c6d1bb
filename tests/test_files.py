from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.files import atomic_folder, atomic_write, state_dir


def test_a_file_appears_with_its_folders(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "a" / "b.txt") as stream:
        stream.write("결절\n")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "결절\n".encode()
    assert _names(tmp_path / "a") == ["b.txt"]


def test_an_error_leaves_the_earlier_file_and_no_partial_one(tmp_path: Path) -> None:
    target = tmp_path / "labels.json"
    target.write_text("before")
    with pytest.raises(RuntimeError), atomic_write(target) as stream:
        stream.write("half")
        raise RuntimeError
    assert target.read_text() == "before"
    assert _names(tmp_path) == ["labels.json"]


def test_a_new_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "x", "wb") as stream:
        stream.write(b"x")
    (tmp_path / "y").write_bytes(b"y")
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "y").stat().st_mode


def test_files_that_threads_write_at_once_are_as_readable_as_any_other(tmp_path: Path) -> None:
    def write(number: int) -> None:
        with atomic_write(tmp_path / str(number)) as stream:
            stream.write("x")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(200)))
    (tmp_path / "y").write_bytes(b"y")
    assert {path.stat().st_mode for path in tmp_path.iterdir()} == {(tmp_path / "y").stat().st_mode}


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    below = tmp_path / "file" / "below"
    with pytest.raises(EnvironmentFailed, match=r"cannot write .*file/below"), atomic_write(below):
        pass


def test_a_folder_appears_whole_and_with_its_parents(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "a" / "b") as folder:
        (folder / "x").write_text("x")
        assert not (tmp_path / "a" / "b").exists()
    assert _names(tmp_path / "a") == ["b"]
    assert _names(tmp_path / "a" / "b") == ["x"]


def test_an_error_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "out") as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "x").write_text("x")
        raise RuntimeError
    assert _names(tmp_path) == []


@pytest.mark.parametrize("there", ["file", "full folder", "dangling link"])
def test_what_is_there_is_no_place_for_a_folder(tmp_path: Path, there: str) -> None:
    place = tmp_path / "out"
    if there == "file":
        place.write_text("mine")
    elif there == "full folder":
        (place / "mine").mkdir(parents=True)
    else:
        place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="is there already"), atomic_folder(place):
        pass
    assert _names(tmp_path) == ["out"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with atomic_folder(tmp_path / "out") as folder:
        (folder / "x").write_text("x")
    assert _names(tmp_path / "out") == ["x"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a Linux device")
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_full_disk(path: Path, flags: int, mode: int) -> int:
        path.symlink_to("/dev/full")
        return open_(path, os.O_WRONLY)

    open_ = os.open
    monkeypatch.setattr(os, "open", on_full_disk)
    with pytest.raises(EnvironmentFailed, match="No space left"), atomic_write(tmp_path / "x") as stream:
        stream.write("x" * 100_000)
    assert _names(tmp_path) == []


def test_the_state_folder_is_the_nearest_one_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GTCTL_HOME")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "er")
    assert state_dir() == tmp_path / "deep" / "er" / ".gtctl"
    (tmp_path / ".gtctl").mkdir()
    assert state_dir() == tmp_path / ".gtctl"
    monkeypatch.setenv("GTCTL_HOME", str(tmp_path / "elsewhere"))
    assert state_dir() == tmp_path / "elsewhere"


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
