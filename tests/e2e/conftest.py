"""gtctl as a user runs it: a process of its own, with a working-state folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from gtctl.sandbox import process
from tests.account import Account
from tests.jobs.launching import make_ready, waivers

Gtctl = Callable[..., "subprocess.CompletedProcess[str]"]


def run_gtctl(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one gtctl command with its state in ``home``."""
    return subprocess.run(
        [sys.executable, "-m", "gtctl", *arguments],
        env=os.environ | {"GTCTL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The working-state folder of a module's tests; a sandbox that was started in it ends with them."""
    home = tmp_path_factory.mktemp("home")
    yield home
    run_gtctl(home, "sandbox", "down")


@pytest.fixture(scope="module")
def gtctl(home: Path) -> Gtctl:
    """Run gtctl commands in ``home``."""
    return lambda *arguments: run_gtctl(home, *arguments)


@pytest.fixture
def client(home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make boto3 clients of the sandbox that runs in ``home``."""
    monkeypatch.setenv("GTCTL_HOME", str(home))
    running = process.find()
    assert running is not None
    for name, value in running.environment().items():
        monkeypatch.setenv(name, value)
    return boto3.client


@pytest.fixture
def ready(account: Account) -> Account:
    """An account in which the preflight finds nothing; its rules are waived by ``settings``."""
    return make_ready(account)


@pytest.fixture
def settings(tmp_path: Path) -> list[str]:
    """Options of a command: the waivers of what the bare account has not set up."""
    return ["--config", str(waivers(tmp_path))]
