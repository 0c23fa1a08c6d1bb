"""A Dask cluster gives the same bytes as this machine, even if one of its workers is killed half-way."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from gtctl.errors import EnvironmentFailed
from gtctl.scans import cluster
from gtctl.scans.prepare import How, prepare
from gtctl.scans.process import Job
from gtctl.scans.skipping import Reason
from tests.scans import runs
from tests.scans.nasty import Nasty
from tests.scans.runs import files, run, write

WORKERS = 2


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a real scheduler with two real worker processes."""
    address = f"tcp://127.0.0.1:{_free_port()}"
    scheduler = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2]]
    worker = ["distributed.cli.dask_worker", address, "--nthreads", "1"]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", *command, "--no-dashboard"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for command in (scheduler, *[worker] * WORKERS)
    ]
    try:
        yield address
    finally:
        # Each with the processes that it started.
        for each in started:
            os.killpg(each.pid, signal.SIGKILL)
            each.wait()


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
    return port


def workers(address: str) -> list[int]:
    """The process ids of the cluster's workers."""
    from distributed import Client

    client: Any = Client
    with client(address, set_as_default=False) as connected:
        connected.wait_for_workers(WORKERS, timeout=60)
        return list(connected.run(os.getpid).values())


def test_a_cluster_gives_the_bytes_of_a_local_run_though_a_worker_is_killed_half_way(
    tmp_path: Path, scheduler: str
) -> None:
    for number in range(60):
        write(tmp_path / f"in/{number:02}.dcm", number)
    (tmp_path / "in/x.txt").write_text("x")
    pids = workers(scheduler)
    assert len(pids) == WORKERS
    done = 0

    def kill_one_half_way() -> None:
        nonlocal done
        done += 1
        if done == 30:
            os.kill(pids[0], signal.SIGKILL)

    settings = runs.settings(with_dicom=True)
    how = How(scheduler=scheduler)
    there = prepare(str(tmp_path / "in"), str(tmp_path / "cluster"), settings, how, kill_one_half_way)
    assert there == prepare(str(tmp_path / "in"), str(tmp_path / "here"), settings)
    assert files(tmp_path / "cluster") == files(tmp_path / "here")
    assert not _alive(pids[0])
    again = run(tmp_path / "in", tmp_path / "cluster", scheduler=scheduler)
    assert (again.prepared, again.already_there) == (0, 60)


def test_a_file_that_crashes_or_hangs_harms_no_worker_of_the_cluster(scheduler: str) -> None:
    before = workers(scheduler)
    items = [Nasty("x"), Nasty("segfault"), Nasty("hang"), Nasty("y")]
    with cluster.Cluster(scheduler, Job(runs.settings(), time_limit=1.0)) as crew:
        found = [each.reason for each in crew.run(items)]
    assert found == [Reason.NOT_DICOM, Reason.CRASHED, Reason.TOO_SLOW, Reason.NOT_DICOM]
    assert sorted(workers(scheduler)) == sorted(before)


def test_what_ends_a_run_here_ends_it_there(scheduler: str) -> None:
    with (
        cluster.Cluster(scheduler, Job(runs.settings())) as crew,
        pytest.raises(EnvironmentFailed, match="the network is gone"),
    ):
        list(crew.run([Nasty("x"), Nasty("gone")]))


def test_workers_with_other_versions_are_refused(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    workers(scheduler)
    monkeypatch.setattr(cluster, "_version", lambda name: "0" if name == "pydicom" else metadata.version(name))
    with (
        pytest.raises(EnvironmentFailed, match=r"a Dask worker has pydicom .*, here it is 0"),
        cluster.Cluster(scheduler, Job(runs.settings())),
    ):
        pass


def test_a_scheduler_that_does_not_answer_is_an_environment_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE_SECONDS", 0.5)
    with (
        pytest.raises(EnvironmentFailed, match="no Dask scheduler answers"),
        cluster.Cluster(f"tcp://127.0.0.1:{_free_port()}", Job(runs.settings())),
    ):
        pass


def _alive(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return False
        if state == "Z":
            return False
        time.sleep(0.05)
    return True
