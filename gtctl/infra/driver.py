"""Runs Terraform through python-terraform: its output goes to the terminal as it comes, Ctrl-C reaches it once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import python_terraform

from gtctl.infra.toolchain import Terraform

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_INSISTED = b"\ngtctl: Terraform has been told and is finishing; killing it now could lose its state\n"
FLAG = python_terraform.IsFlagged
"""The value of an option that is a mere flag, such as ``no_color=FLAG``."""


class Driver(python_terraform.Terraform):  # type: ignore[misc] # the package is untyped
    """python-terraform with its one low-level method replaced.

    The package's own ``cmd`` can neither give Terraform an environment nor a process group, so that a Ctrl-C at the
    terminal would reach Terraform twice (once from the terminal, once from us), which it takes as "die at once".
    """

    def __init__(self, terraform: Terraform, work_dir: Path, environment: dict[str, str], log: Path | None) -> None:
        """``environment`` is all that Terraform gets; ``log`` takes its output in place of the terminal."""
        super().__init__(working_dir=str(work_dir), terraform_bin_path=str(terraform.path))
        # Otherwise the package passes an empty variables file to every command.
        self.variables = None
        self.environment = environment
        self.log = log

    def read_state_file(self, file_path: str | None = None) -> None:
        """Do not read the state after each command, as the package does: it holds secrets and nobody asks for it."""

    def cmd(self, cmd: str, *args: str, capture_output: bool = False, **kwargs: Any) -> tuple[int, str, str]:
        """Run one Terraform command; returns its exit code, and stdout and stderr where ``capture_output`` asks.

        Otherwise they are streamed to where ours go, or to the log. Raises KeyboardInterrupt after Terraform has
        ended cleanly on a signal.
        """
        with ExitStack() as cleanup:
            cleanup.callback(self.temp_var_files.clean_up)
            line = self.generate_cmd_string(cmd, *args, **kwargs)
            outputs: dict[str, Any] = {}
            if capture_output:
                outputs = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
            elif self.log:
                stream = cleanup.enter_context(self.log.open("ab"))
                outputs = {"stdout": stream, "stderr": stream}
            sys.stdout.flush()
            sys.stderr.flush()
            return _run(line, Path(self.working_dir), self.environment, outputs)


def _run(line: list[str], folder: Path, environment: dict[str, str], outputs: dict[str, Any]) -> tuple[int, str, str]:
    with _forwarded_signals() as signals:
        process = subprocess.Popen(
            line, cwd=folder, env=environment, stdin=subprocess.DEVNULL, process_group=0, **outputs
        )
        signals.send_to(process)
        out, err = process.communicate()
    if signals.received:
        raise KeyboardInterrupt
    return process.returncode, out or "", err or ""


class _Forwarding:
    """The first signal goes to the process as an interrupt, later ones do not: a second one would kill it."""

    def __init__(self) -> None:
        self.received = False
        self._process: subprocess.Popen[Any] | None = None

    def send_to(self, process: subprocess.Popen[Any]) -> None:
        self._process = process
        if self.received:
            process.send_signal(signal.SIGINT)

    def handle(self, _signal: int, _frame: FrameType | None) -> None:
        if self.received:
            # A handler may interrupt any print: only write() is safe here.
            os.write(2, _INSISTED)
            return
        self.received = True
        if self._process:
            self._process.send_signal(signal.SIGINT)


@contextmanager
def _forwarded_signals() -> Iterator[_Forwarding]:
    forwarding = _Forwarding()
    previous: dict[signal.Signals, Any] = {}
    # Python sets handlers in the main thread only; what is ignored (nohup) stays ignored.
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                previous[number] = signal.signal(number, forwarding.handle)
    try:
        yield forwarding
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
