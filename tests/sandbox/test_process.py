from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from gtctl.cli import run
from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.sandbox import process


@pytest.fixture(autouse=True)
def _stop() -> Iterator[None]:
    yield
    process.down()


def _gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_it_starts_once_is_found_again_and_stops() -> None:
    first, started = process.up()
    again, started_again = process.up()

    assert (started, started_again) == (True, False)
    assert first == again == process.find()
    assert process.down() is True
    assert process.find() is None
    assert _gone(first.pid)
    assert process.down() is False


def test_two_commands_at_the_same_time_start_one_sandbox() -> None:
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: process.up(), range(2)))

    assert results[0][0] == results[1][0]
    assert sorted(started for _, started in results) == [False, True]


def test_it_listens_on_the_loopback_address_only() -> None:
    running, _ = process.up()

    assert running.endpoint == f"http://127.0.0.1:{running.port}"
    listening = subprocess.run(
        [sys.executable, "-c", "print(open('/proc/net/tcp').read())"], capture_output=True, text=True, check=True
    ).stdout
    ours = [line.split()[1] for line in listening.splitlines()[1:] if line.split()[1:2]]
    assert f"0100007F:{running.port:04X}" in ours
    assert f"00000000:{running.port:04X}" not in ours


def test_a_stale_state_file_is_noticed(capfd: pytest.CaptureFixture[str]) -> None:
    stale = process.Running("someone-else", os.getpid(), 9, "http://127.0.0.1:9", "2026-01-01")
    process.state_file().parent.mkdir(parents=True, exist_ok=True)
    process.state_file().write_bytes(msgspec.json.encode(stale))

    assert process.find() is None
    assert run(["sandbox", "status"]) == 3
    assert "the recorded one is gone" in capfd.readouterr().err
    assert run(["sandbox", "up"]) == 0
    assert "is gone; this is a new, empty one" in capfd.readouterr().err


def test_down_never_kills_a_process_that_is_not_the_sandbox() -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        stale = process.Running("x", sleeper.pid, 9, "http://127.0.0.1:9", "2026-01-01")
        process.state_file().parent.mkdir(parents=True, exist_ok=True)
        process.state_file().write_bytes(msgspec.json.encode(stale))
        assert process.down() is False
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_another_port_than_the_running_one_is_refused() -> None:
    running, _ = process.up()
    with pytest.raises(BadInput, match=f"already runs on port {running.port}"):
        process.up(running.port + 1)


def test_a_port_that_is_taken_is_named() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(EnvironmentFailed, match=r"(?s)did not start: .*"):
            process.up(taken.getsockname()[1])


def test_it_ends_when_its_folder_is_deleted() -> None:
    running, _ = process.up()
    shutil.rmtree(process.state_file().parent)
    assert _gone(running.pid)


def test_it_is_found_after_a_kill_as_gone() -> None:
    running, _ = process.up()
    os.kill(running.pid, signal.SIGKILL)
    assert _gone(running.pid)
    assert process.find() is None
    assert process.up()[0].id != running.id


def test_env_prints_exports_that_a_shell_understands(capfd: pytest.CaptureFixture[str]) -> None:
    running, _ = process.up()
    capfd.readouterr()
    assert run(["sandbox", "env"]) == 0
    exports = capfd.readouterr().out

    shown = subprocess.run(
        ["sh", "-c", f"{exports}\necho $AWS_ENDPOINT_URL $AWS_DEFAULT_REGION"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == [running.endpoint, "us-east-1"]


def test_the_log_holds_no_request(capfd: pytest.CaptureFixture[str]) -> None:
    running, _ = process.up()
    with urllib.request.urlopen(f"{running.endpoint}/_gtctl/id?X-Amz-Signature=secret"):
        pass
    assert "X-Amz-Signature" not in process.log_file().read_text()
