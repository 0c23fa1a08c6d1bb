"""Worker processes: whatever a file does to one of them, that file alone is quarantined and the run goes on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gtctl.errors import EnvironmentFailed
from gtctl.scans import workers
from gtctl.scans.process import Job, Outcome
from gtctl.scans.skipping import Reason
from gtctl.scans.sources.folder import File
from gtctl.scans.workers import Workers
from tests.scans import runs
from tests.scans.nasty import Nasty
from tests.scans.runs import files, run, write


def reasons(outcomes: list[Outcome]) -> list[Reason | None]:
    return [each.reason for each in outcomes]


def test_a_file_that_takes_its_worker_down_is_quarantined_and_no_other(tmp_path: Path) -> None:
    whole = [File(write(tmp_path / f"{number}.dcm", number)) for number in range(12)]
    items: list[Any] = [*whole[:4], Nasty("segfault"), *whole[4:8], Nasty("killed"), Nasty("exit"), *whole[8:]]
    with Workers(2, Job(runs.settings())) as crew:
        outcomes = list(crew.run(items))
    assert reasons(outcomes) == [*[None] * 4, Reason.CRASHED, *[None] * 4, Reason.CRASHED, Reason.CRASHED, *[None] * 4]
    assert [each.source_sha256 for each in outcomes if each.entries] == [
        each.entries[0].source_sha256 for each in outcomes if each.entries
    ]


def test_a_worker_that_is_killed_by_accident_costs_no_file(tmp_path: Path) -> None:
    items = [Nasty("killed", tmp_path / "marker"), Nasty("x"), Nasty("y")]
    with Workers(1, Job(runs.settings())) as crew:
        assert reasons(list(crew.run(items))) == [Reason.NOT_DICOM] * 3


def test_a_file_that_hangs_is_given_up_at_the_time_limit() -> None:
    with Workers(2, Job(runs.settings(), time_limit=1.0)) as crew:
        list(crew.run([Nasty("x"), Nasty("x")]))
        start = time.monotonic()
        outcomes = list(crew.run([Nasty("x"), Nasty("hang"), *[Nasty("x")] * 20]))
    assert reasons(outcomes) == [Reason.NOT_DICOM, Reason.TOO_SLOW, *[Reason.NOT_DICOM] * 20]
    assert time.monotonic() - start < 30


def test_what_is_not_a_files_own_trouble_ends_the_run() -> None:
    with Workers(2, Job(runs.settings())) as crew, pytest.raises(EnvironmentFailed, match="the network is gone"):
        list(crew.run([Nasty("x"), Nasty("gone"), Nasty("x")]))


def test_workers_that_cannot_start_are_an_environment_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(workers, "_nursery", cache(workers._Nursery))
    with Workers(2, Job(runs.settings())) as crew, pytest.raises(EnvironmentFailed, match="die as they start"):
        list(crew.run([Nasty("x")]))


def test_a_slow_file_does_not_let_the_rest_pile_up() -> None:
    taken = 0

    def counted() -> Iterator[Nasty]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield Nasty("hang" if number == 0 else "x")

    with Workers(2, Job(runs.settings(), time_limit=1.0)) as crew:
        first = next(crew.run(counted()))
    assert first.reason is Reason.TOO_SLOW
    assert taken < 100


def test_two_workers_write_what_one_process_writes(tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path / f"in/{number:02}.dcm", number)
    (tmp_path / "in/x.txt").write_text("x")
    assert run(tmp_path / "in", tmp_path / "two", jobs=2) == run(tmp_path / "in", tmp_path / "one")
    assert files(tmp_path / "two") == files(tmp_path / "one")


def test_workers_end_with_the_process_that_started_them() -> None:
    code = (
        "import time\n"
        "from gtctl.scans.process import Job\n"
        "from gtctl.scans.workers import Workers\n"
        "from tests.scans import runs\n"
        "from tests.scans.nasty import Nasty\n"
        "crew = Workers(1, Job(runs.settings()))\n"
        "outcomes = crew.run([Nasty('x'), Nasty('hang')])\n"
        "next(outcomes)\n"
        "print(crew._running[0].pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    started = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert started.stdout
    worker = int(started.stdout.readline())
    started.kill()
    started.wait()
    deadline = time.monotonic() + 30
    while Path(f"/proc/{worker}/cmdline").exists() and Path(f"/proc/{worker}/cmdline").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_nursery_that_was_killed_is_replaced() -> None:
    with Workers(1, Job(runs.settings())) as crew:
        list(crew.run([Nasty("x")]))
        workers._nursery()._process.kill()
        assert reasons(list(crew.run([Nasty("x"), Nasty("segfault"), Nasty("x")]))) == [
            Reason.NOT_DICOM,
            Reason.CRASHED,
            Reason.NOT_DICOM,
        ]


def test_a_dying_worker_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with Workers(1, Job(runs.settings())) as crew:
        list(crew.run([Nasty("segfault")]))
    assert capfd.readouterr() == ("", "")
