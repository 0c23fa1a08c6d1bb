"""Fixtures for every test: an environment without the user's own AWS settings, and one sandbox per process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ("tests.account",)

# The tests must never reach a real account: nothing of the caller's AWS settings is kept.
for _name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"]:
    del os.environ[_name]
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

# Terraform and its provider are Go programs that end soon: collecting garbage less often saves a quarter of their time.
os.environ.setdefault("GOGC", "400")

# Started in the background or with nohup, the tests inherit signals that are ignored; what they start would too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest first, or the last file would be run alone."""
    long = {"e2e", "terraform", "test_code.py"}
    items.sort(key=lambda item: long.isdisjoint(item.path.parts))


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: tests of Terraform wait for a good part of their time."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def _own_state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GTCTL_HOME", str(tmp_path / "gtctl-home"))


@pytest.fixture(scope="session")
def _sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from gtctl.sandbox import process

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GTCTL_HOME", str(tmp_path_factory.mktemp("sandbox")))
        running, _ = process.up()
        home = os.environ["GTCTL_HOME"]
    yield running
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GTCTL_HOME", home)
        process.down()


@pytest.fixture
def sandbox(_sandbox_process: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A running sandbox (gtctl.sandbox.process.Running), with the environment pointed at it.

    It is shared by the tests of one process: use names of your own, or a Region of your own.
    """
    for name, value in _sandbox_process.environment().items():
        monkeypatch.setenv(name, value)
    return _sandbox_process
