"""Measures an output manifest to COCO beside plain json and panlabel: ``python -m benchmarks.labels``.

Each is a process of its own, in turn, on the same two manifests. Raises an error unless all found the same boxes in the
smaller one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

BOXES = 5
NAMES = [f"finding {number}" for number in range(8)]


class Cost(NamedTuple):
    """Seconds of wall and processor time, and the largest memory, of one process."""

    wall: float
    processor: float
    megabytes: float


def write_manifest(path: Path, lines: int) -> None:
    """Rows as a bounding-box job writes them, of slices of 512x512."""
    numbers = random.Random(7)  # noqa: S311 # rows that are the same in every run, no secret
    with path.open("w", encoding="utf-8") as stream:
        for _ in range(lines):
            stream.write(json.dumps(_row(numbers)) + "\n")


def _row(numbers: random.Random) -> dict[str, Any]:
    classes = [numbers.randrange(len(NAMES)) for _ in range(BOXES)]
    boxes = [
        {
            "class_id": each,
            "top": numbers.randrange(400),
            "left": numbers.randrange(400),
            "height": numbers.randrange(1, 112),
            "width": numbers.randrange(1, 112),
        }
        for each in classes
    ]
    return {
        "source-ref": f"s3://scans/ct/images/{numbers.getrandbits(128):032x}.png",
        "boxes": {"image_size": [{"width": 512, "height": 512, "depth": 1}], "annotations": boxes},
        "boxes-metadata": {
            "objects": [{"confidence": round(numbers.random(), 2)} for _ in classes],
            "class-map": {str(each): NAMES[each] for each in sorted(set(classes))},
            "type": "groundtruth/object-detection",
            "human-annotated": "yes",
            "creation-date": "2026-11-26T07:12:55.782712",
            "job-name": "labeling-job/chest-ct",
        },
    }


def commands(manifest: Path, folder: Path) -> dict[str, list[str]]:
    """Who takes part, and how each is called; its COCO file is ``folder/NAME.json``."""
    beside = Path(sys.executable).parent
    panlabel = [str(beside / "panlabel"), "convert", "--from", "sagemaker", "--to", "coco", "--allow-lossy"]
    return {
        "gtctl": [
            *[sys.executable, "-m", "gtctl", "labels", "export", "--format", "coco"],
            *[str(manifest), str(folder / "gtctl.json")],
        ],
        "json": [sys.executable, "-m", "benchmarks.labels.with_json", str(manifest), str(folder / "json.json")],
        "panlabel": [*panlabel, "--no-validate", "-i", str(manifest), "-o", str(folder / "panlabel.json")],
    }


def cost(command: list[str]) -> Cost:
    """Run a command. Raises RuntimeError where it fails."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed with {process.returncode}")
    # Kilobytes on Linux, bytes on macOS.
    divisor = 1024 if sys.platform != "darwin" else 1024**2
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / divisor)


def table(lines: int, repetitions: int, folder: Path) -> Iterator[str]:
    """The lines of the report."""
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    yield f"Python {platform.python_version()}, {os.cpu_count()} cores, load before {load}, {repetitions} repetitions"
    yield ""
    yield f"| lines of {BOXES} boxes | by | s | processor s | lines/s | peak MB |"
    yield "|---|---|---|---|---|---|"
    for count in (lines // 10, lines):
        manifest = folder / f"{count}.manifest"
        write_manifest(manifest, count)
        each = commands(manifest, folder)
        costs: dict[str, list[Cost]] = {name: [] for name in each}
        for _ in range(repetitions):
            for name, command in each.items():
                costs[name].append(cost(command))
        if count < lines:
            # Not in this process: a child begins with its parent's memory, so it would count for who comes next.
            files = [str(folder / f"{name}.json") for name in each]
            subprocess.run([sys.executable, "-m", "benchmarks.labels.same_boxes", *files], check=True)
        for name, found in costs.items():
            wall = statistics.median(run.wall for run in found)
            processor = statistics.median(run.processor for run in found)
            peak = max(run.megabytes for run in found)
            yield f"| {count:,} | {name} | {wall:.1f} | {processor:.1f} | {count / wall:,.0f} | {peak:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for line in table(arguments.lines, arguments.repetitions, Path(folder)):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
