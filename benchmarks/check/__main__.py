"""Measures ``gtctl check`` beside checkov with the same rules loaded: ``python -m benchmarks.check``.

Both check the same Terraform code in the same run, one after the other, so that what else the machine does falls on
both; gtctl once more with the verdicts that its earlier run has kept, where nothing has changed since. Prints a table
in Markdown: the verdicts, which have to be the same; medians of wall time and their ratio, beside that of the
processor time; and peak memory (of the largest process, where there are several).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.check import stack

ROOT = Path(__file__).parent.parent.parent
AGAIN = [str(Path(sys.executable).parent / "gtctl"), "check", ".", "--format", "json"]
GTCTL = [*AGAIN, "--no-cache"]
CHECKOV = [
    *(str(ROOT / ".venv-checkov" / "bin" / "checkov"), "-d", ".", "--framework", "terraform"),
    *("--external-checks-dir", str(ROOT / "policies" / "checkov"), "--check", "CKV_GT*"),
    *("--skip-download", "--quiet", "--compact", "--output", "json"),
]
SIZES = (40, 2000)
# Both keep the bytecode that their first run makes, as pip's installations do.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Run(NamedTuple):
    """cpu: seconds of processor time, which other work on the machine changes less than the time that passes."""

    seconds: float
    cpu: float
    megabytes: float
    failed: int
    passed: int


def measure(command: Sequence[str], folder: Path) -> Run:
    """One run. Raises RuntimeError where the tool did neither pass nor find violations."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode not in (0, 1):
            raise RuntimeError(f"{command[0]} ended with {process.returncode}: {errors.read().decode()[-500:]}")
        summary = json.load(output).get("summary", {})
    # Kilobytes on Linux, bytes on macOS.
    megabytes = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    return Run(seconds, usage.ru_utime + usage.ru_stime, megabytes, summary.get("failed", 0), summary.get("passed", 0))


def table(repetitions: int) -> Iterator[str]:
    """The lines of the report. Raises RuntimeError where the two did not reach the same verdicts."""
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    yield f"Python {platform.python_version()}, {os.cpu_count()} cores, load before {load}, {repetitions} repetitions"
    yield ""
    yield "| resources | verdicts | gtctl check | unchanged | checkov | ratio | of CPU time | gtctl | checkov |"
    yield "|---|---|---|---|---|---|---|---|---|"
    with tempfile.TemporaryDirectory() as scratch:
        ENVIRONMENT["GTCTL_HOME"] = str(Path(scratch) / "home")
        for size in SIZES:
            folder = Path(scratch) / str(size)
            stack.write(folder, size)
            # The first run of each fills the caches of the file system and of the interpreter.
            commands = (GTCTL, AGAIN, CHECKOV)
            ours, again, theirs = (measure(command, folder) for command in commands)
            if not ours.failed or len({(run.failed, run.passed) for run in (ours, again, theirs)}) > 1:
                raise RuntimeError(f"the verdicts differ: gtctl {ours} and {again}, checkov {theirs}")
            runs = [[measure(command, folder) for command in commands] for _ in range(repetitions)]
            seconds = [statistics.median(run.seconds for run in of_one) for of_one in zip(*runs, strict=True)]
            cpu = [statistics.median(run.cpu for run in of_one) for of_one in zip(*runs, strict=True)]
            memory = [max(run.megabytes for run in of_one) for of_one in zip(*runs, strict=True)]
            ratios = [f"1/{of_one[2] / of_one[0]:.1f}" for of_one in (seconds, cpu)]
            yield (
                f"| {size} | {ours.failed} failed, {ours.passed} passed | {seconds[0]:.2f} s | {seconds[1]:.2f} s "
                f"| {seconds[2]:.1f} s | {ratios[0]} | {ratios[1]} | {memory[0]:.0f} MB | {memory[2]:.0f} MB |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=5)
    for line in table(parser.parse_args().repetitions):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
