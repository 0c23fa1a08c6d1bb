from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gtctl.infra.driver import FLAG, Driver
from gtctl.infra.toolchain import Terraform

Executable = Callable[[str, str], Path]

# Counts the interrupts it gets, and goes on for a while after all were sent.
INTERRUPTIBLE = (
    'n=0; trap "n=\\$((n+1)); echo interrupt \\$n; : > interrupted" INT; trap "echo terminated" TERM; '
    'echo ready; : > ready; until [ -e sent ]; do /bin/sleep 0.05; done; /bin/sleep 0.3; echo "ended after $n"; exit 7'
)


def driver(path: Path, folder: Path, environment: dict[str, str] | None = None, log: Path | None = None) -> Driver:
    return Driver(Terraform(path, "terraform", (1, 11, 0)), folder, environment or {}, log)


def test_the_command_line_is_what_terraform_expects(executable: Executable, tmp_path: Path) -> None:
    path = executable("terraform", 'printf "%s|" "$@"')
    code, out, _ = driver(path, tmp_path).cmd(
        "plan", "last", capture_output=True, input=False, detailed_exitcode=FLAG, var_file=["a b", "c"], out=None
    )
    assert (code, out) == (0, "plan|-input=false|-detailed-exitcode|-var-file=a b|-var-file=c|last|")


def test_terraform_gets_the_given_environment_and_nothing_else(
    executable: Executable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "real-account")
    path = executable("terraform", "/usr/bin/env")
    _, out, _ = driver(path, tmp_path, {"ONLY": "this"}).cmd("x", capture_output=True)
    assert "ONLY=this" in out
    assert "real-account" not in out


def test_output_is_streamed_to_our_own(
    executable: Executable, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = executable("terraform", "echo out; echo err >&2; exit 5")
    assert driver(path, tmp_path).cmd("x") == (5, "", "")
    assert capfd.readouterr() == ("out\n", "err\n")


def test_a_log_takes_all_output(executable: Executable, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = executable("terraform", "echo out; echo err >&2")
    one = driver(path, tmp_path, log=tmp_path / "log")
    one.cmd("x")
    one.cmd("x")
    assert (tmp_path / "log").read_text() == "out\nerr\n" * 2
    assert capfd.readouterr() == ("", "")


def test_nobody_can_answer_terraform(executable: Executable, tmp_path: Path) -> None:
    path = executable("terraform", "read answer && echo got $answer || echo nothing")
    assert driver(path, tmp_path).cmd("x", capture_output=True)[1] == "nothing\n"


def test_a_state_file_is_never_read(executable: Executable, tmp_path: Path) -> None:
    (tmp_path / "terraform.tfstate").write_text("not even JSON")
    assert driver(executable("terraform", ""), tmp_path).cmd("x")[0] == 0


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reaches_terraform_once_and_it_may_finish(
    executable: Executable, tmp_path: Path, capfd: pytest.CaptureFixture[str], first: signal.Signals
) -> None:
    path = executable("terraform", INTERRUPTIBLE)

    def interrupt() -> None:
        for wait_for, number in (("ready", first), ("interrupted", signal.SIGINT)):
            while not (tmp_path / wait_for).exists():
                time.sleep(0.02)
            os.kill(os.getpid(), number)
        time.sleep(0.1)
        (tmp_path / "sent").touch()

    thread = threading.Thread(target=interrupt)
    thread.start()
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        driver(path, tmp_path).cmd("apply")
    thread.join()
    assert signal.getsignal(signal.SIGINT) is before
    printed = capfd.readouterr()
    assert printed.out == "ready\ninterrupt 1\nended after 1\n"
    assert "Terraform has been told and is finishing" in printed.err


# A shell defers its traps to the end of the running command, and would count two interrupts as one.
COUNTING = (
    f"exec {sys.executable} -c 'import signal, time; got = []; "
    'signal.signal(signal.SIGINT, lambda *_: got.append(1)); print("ready", flush=True); '
    "end = time.monotonic() + 1.5; [time.sleep(0.05) for _ in iter(lambda: time.monotonic() < end, False)]; "
    "print(len(got), flush=True)'"
)


def test_a_ctrl_c_at_the_terminal_does_not_reach_terraform_twice(executable: Executable, tmp_path: Path) -> None:
    path = executable("terraform", COUNTING)
    code = (
        "from pathlib import Path; from gtctl.infra.driver import Driver; from gtctl.infra.toolchain import Terraform; "
        f"Driver(Terraform(Path({str(path)!r}), 't', (1, 1, 1)), Path({str(tmp_path)!r}), {{}}, None).cmd('apply')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    # As a terminal does: to the whole foreground process group. We are held back meanwhile, because two interrupts
    # that come together count as one.
    os.kill(process.pid, signal.SIGSTOP)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGCONT)
    out, err = process.communicate(timeout=30)
    assert out == "1\n"
    assert "KeyboardInterrupt" in err
