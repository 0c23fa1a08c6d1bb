"""Start, find and stop the sandbox process. A state file in the working-state folder says where it is."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.files import state_dir

REGION = "us-east-1"
ACCOUNT = "123456789012"
START_SECONDS = 90.0
STOP_SECONDS = 10.0


class Running(msgspec.Struct, frozen=True):
    """What the state file holds: the one process that is meant, by its own id."""

    id: str
    pid: int
    port: int
    endpoint: str
    started: str

    def environment(self) -> dict[str, str]:
        """The variables that point the aws CLI, boto3 and Terraform to this sandbox."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            # The sandbox takes any key; this one has the form AWS documents for examples.
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "sandbox-needs-no-secret",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def state_file() -> Path:
    """Where the running sandbox is recorded."""
    return state_dir() / "sandbox.json"


def log_file() -> Path:
    """What the sandbox process printed."""
    return state_dir() / "sandbox.log"


def recorded() -> Running | None:
    """What the state file says, true or not; None where there is no (readable) state file."""
    try:
        return msgspec.json.decode(state_file().read_bytes(), type=Running)
    except (OSError, msgspec.DecodeError):
        return None


def find() -> Running | None:
    """The running sandbox, or None. A process that only looks like it (reused pid or port) is not it."""
    found = recorded()
    return found if found and _answers(found) else None


def up(port: int = 0) -> tuple[Running, bool]:
    """Start the sandbox unless it runs. Returns it, and whether it was started now.

    ``port`` 0 takes a free one. Raises BadInput when a sandbox already runs on another port than the one
    asked for, EnvironmentFailed when the process does not come up.
    """
    with _lock():
        if running := find():
            if port and running.port != port:
                raise BadInput(f"a sandbox already runs on port {running.port}: stop it with gtctl sandbox down")
            return running, False
        state_file().unlink(missing_ok=True)
        return _start(port), True


def down() -> bool:
    """Stop the sandbox that the state file names. Returns False when none was running."""
    with _lock():
        running = find()
        if running:
            os.kill(running.pid, signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            while _answers(running) and time.monotonic() < deadline:
                time.sleep(0.05)
            if _answers(running):
                os.kill(running.pid, signal.SIGKILL)
        state_file().unlink(missing_ok=True)
        return running is not None


def _start(port: int) -> Running:
    identity = uuid.uuid4().hex
    log_file().parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "gtctl.sandbox.server", "--port", str(port), "--id", identity]
    command += ["--state-file", str(state_file())]
    with log_file().open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=log_file().parent
        )
    deadline = time.monotonic() + START_SECONDS
    try:
        while time.monotonic() < deadline:
            if (running := find()) and running.id == identity:
                return running
            if process.poll() is not None:
                break
            time.sleep(0.05)
    except BaseException:
        process.terminate()
        raise
    process.terminate()
    process.wait()
    raise EnvironmentFailed(f"the sandbox did not start: {_last_line()} (log: {log_file()})")


def log_tail(lines: int) -> list[str]:
    """The last lines that the sandbox process printed; none where there is no log."""
    try:
        text = log_file().read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.strip().splitlines()[-lines:]


def _last_line() -> str:
    return next(iter(log_tail(1)), "it printed nothing")


def _answers(running: Running) -> bool:
    try:
        # The address is ours and always http://127.0.0.1.
        with urllib.request.urlopen(f"{running.endpoint}/_gtctl/id", timeout=5) as answer:  # noqa: S310
            return bool(answer.read().decode() == running.id)
    except (OSError, urllib.error.URLError, ValueError):
        return False


@contextmanager
def _lock() -> Iterator[None]:
    """Two commands at the same time start one sandbox, not two."""
    path = state_file().with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
