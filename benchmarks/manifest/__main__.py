"""Measures ``gtctl manifest`` beside a script with Python's ``json``: ``python -m benchmarks.manifest``.

Both build a manifest of the same ledger and validate it, in the same run and in turns, each time in a process of its
own. Prints a table in Markdown: medians of CPU time, with the start of Python, and peak memory. Raises an error unless
both write the same manifest and find the same problems.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

SIZES = (10_000, 1_000_000)
PREFIX = "s3://hospital-scans/chest-ct/images/"
CARRY = ("patient-pseudonym", "series", "frame")
SLICES = 300


class Run(NamedTuple):
    seconds: float
    megabytes: float
    result: str


def write_ledger(path: str, images: str) -> str:
    """A ledger of series of 300 slices each."""
    from gtctl.scans import ledger

    numbers = random.Random(1)  # noqa: S311 - names that are the same in every run

    def digits(count: int) -> str:
        return f"{numbers.getrandbits(4 * count):0{count}x}"

    def uid() -> str:
        return f"2.25.{numbers.getrandbits(120)}"

    with Path(path).open("wb") as target:
        for number in range(int(images)):
            if number % SLICES == 0:
                patient, study, series, frame_of_reference = digits(20), uid(), uid(), uid()
            entry = ledger.Entry(
                image=f"{digits(32)}.png",
                image_sha256=digits(64),
                image_bytes=150_000,
                width=512,
                height=512,
                source_sha256=digits(64),
                source_bytes=530_000,
                frame=0,
                frames=1,
                pseudonyms="0123abcd",
                patient=patient,
                study=study,
                series=series,
                instance=uid(),
                modality="CT",
                window=ledger.ShownWindow(-600, 1500, "LINEAR", "preset:lung"),
                photometric_interpretation="MONOCHROME2",
                geometry=ledger.Geometry(
                    frame_of_reference=frame_of_reference,
                    position=(-180.0, -180.0, -1.25 * (number % SLICES)),
                    orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
                    spacing=(0.7, 0.7),
                    slice_thickness=1.25,
                ),
                pixels={"burned_in": "not-expected", "face": "not-expected"},
                dicom=None,
                gtctl_version="0.1.0",
            )
            target.write(ledger.lines([entry]))
    return images


def build_ours(ledger: str, output: str) -> str:
    from gtctl.aws import parse_s3_uri
    from gtctl.manifests.build import build
    from gtctl.manifests.sources import ledger_rows

    rows = ledger_rows(ledger, parse_s3_uri(PREFIX), CARRY)
    return str(build(rows, output, keep="last", limited=False).images)


def build_json(ledger: str, output: str) -> str:
    from benchmarks.manifest.with_json import build

    return str(build(Path(ledger), PREFIX, Path(output)))


def validate_ours(manifest: str) -> str:
    from gtctl.manifests.validate import problems

    with Path(manifest).open("rb") as stream:
        return str(sum(1 for _ in problems(stream)))


def validate_json(manifest: str) -> str:
    from benchmarks.manifest.with_json import problems

    return str(sum(1 for _ in problems(Path(manifest), with_identifiers=True)))


def validate_json_format(manifest: str) -> str:
    from benchmarks.manifest.with_json import problems

    return str(sum(1 for _ in problems(Path(manifest), with_identifiers=False)))


STEPS: dict[str, Callable[..., str]] = {
    step.__name__: step
    for step in (write_ledger, build_ours, build_json, validate_ours, validate_json, validate_json_format)
}


def measure(step: str, *arguments: str) -> Run:
    """One step in a process of its own. Raises RuntimeError where it fails."""
    command = [sys.executable, "-m", "benchmarks.manifest", "--step", step, *arguments]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        if process.returncode:
            raise RuntimeError(f"{step} ended with {process.returncode}")
        # Kilobytes on Linux, bytes on macOS.
        megabytes = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
        return Run(usage.ru_utime + usage.ru_stime, megabytes, output.read().decode())


def in_turns(repetitions: int, *steps: Sequence[str]) -> list[Run]:
    """The median time and highest memory of each step. Raises RuntimeError unless all have the same result."""
    runs = [[measure(*step) for step in steps] for _ in range(repetitions)]
    if len({run.result for run in chain.from_iterable(runs)}) != 1:
        raise RuntimeError(f"the results differ: {runs[0]}")
    return [
        Run(
            statistics.median(each.seconds for each in column), max(each.megabytes for each in column), column[0].result
        )
        for column in zip(*runs, strict=True)
    ]


def row(lines: int, what: str, ours: Run, theirs: Run) -> str:
    return (
        f"| {lines:,} | {what} | {ours.seconds:.2f} s | {theirs.seconds:.2f} s | {ours.seconds / theirs.seconds:.2f} "
        f"| {ours.megabytes:.0f} MB | {theirs.megabytes:.0f} MB |"
    )


def table(repetitions: int, sizes: Sequence[int]) -> Iterator[str]:
    """The lines of the report."""
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    yield f"Python {platform.python_version()}, {os.cpu_count()} cores, load before {load}, {repetitions} repetitions"
    yield ""
    yield "| lines | what | gtctl | json | ratio | gtctl memory | json memory |"
    yield "|---|---|---|---|---|---|---|"
    with tempfile.TemporaryDirectory() as scratch:
        for size in sizes:
            ledger, ours, theirs = (str(Path(scratch) / name) for name in ("ledger", "ours", "theirs"))
            measure("write_ledger", ledger, str(size))
            built = in_turns(repetitions, ("build_ours", ledger, ours), ("build_json", ledger, theirs))
            if not filecmp.cmp(ours, theirs, shallow=False):
                raise RuntimeError("the manifests differ")
            yield row(size, "build", *built)
            validated = in_turns(
                repetitions, ("validate_ours", ours), ("validate_json", ours), ("validate_json_format", ours)
            )
            yield row(size, "validate", validated[0], validated[1])
            yield row(size, "validate; json without identifiers", validated[0], validated[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--lines", type=int, nargs="+", default=SIZES)
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        name, *arguments = options.step
        sys.stdout.write(STEPS[name](*arguments))
        return
    for line in table(options.repetitions, options.lines):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
