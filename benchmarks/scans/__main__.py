"""Measures scans to PNG beside dcmtk's dcm2pnm and pydicom with Pillow's defaults: ``python -m benchmarks.scans``.

All make PNGs of the same slices in the same run, in short turns, so that what else the machine does falls on all alike.
Raises an error unless their images are the same within one grey level.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.scans import slices
from gtctl.scans import dicom, png, render
from gtctl.scans.pixels.decision import decide
from gtctl.scans.pixels.policy import PixelPolicy
from gtctl.scans.windows import choose

CHOICE = choose("file")
POLICY = PixelPolicy(unknown_body_part="accept", faces="accept")
TURN = 50
"""Slices that one does before the next takes its turn."""


def gtctl(source: Path, target: Path) -> None:
    """A slice as ``gtctl scans prepare`` makes it: read, judged, rendered, encoded."""
    dataset = dicom.read(source.read_bytes())
    for number, frame in enumerate(render.frames(dataset, CHOICE, decide(dataset, POLICY))):
        target.with_suffix(f".{number}.png").write_bytes(png.encode(frame.pixels))


def dcm2pnm(source: Path, target: Path) -> None:
    """dcm2pnm with the first window of the file and without its metadata in the PNG."""
    command = ["dcm2pnm", "--quiet", "--all-frames", "--use-window", "1", "--write-png", "--meta-none", "--nointerlace"]
    subprocess.run([*command, str(source), str(target.with_suffix(""))], check=True)


def pydicom_and_pillow(source: Path, target: Path) -> None:
    """pydicom's own functions for rescale and window, and Pillow's defaults for PNG."""
    from pydicom import dcmread
    from pydicom.pixels.processing import apply_modality_lut, apply_windowing

    dataset = dcmread(source)
    stored = dataset.pixel_array
    for number, frame in enumerate(stored if stored.ndim == 3 else [stored]):
        values = apply_windowing(apply_modality_lut(frame, dataset), dataset)
        # pydicom gives the window over the range that the stored values could have.
        ends = apply_modality_lut(_ends_of(dataset.BitsStored), dataset)
        grey = (values - ends[0]) / (ends[1] - ends[0]) * 255 + 0.5
        Image.fromarray(grey.astype(np.uint8)).save(target.with_suffix(f".{number}.png"))


def _ends_of(bits: int) -> np.ndarray:
    return np.array([-(1 << bits - 1), (1 << bits - 1) - 1])


PEERS: dict[str, Callable[[Path, Path], None]] = {
    "gtctl": gtctl,
    "dcm2pnm": dcm2pnm,
    "pydicom and Pillow": pydicom_and_pillow,
}


def _several(name: str, sources: Sequence[Path], folder: Path) -> None:
    with dicom.quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source in sources:
            PEERS[name](source, folder / source.name)


@dataclass(slots=True)
class Cost:
    """Seconds of wall and of processor time, this process and its children together."""

    wall: float = 0.0
    processor: float = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        wall, processor = time.perf_counter(), _processor_seconds()
        yield
        self.wall += time.perf_counter() - wall
        self.processor += _processor_seconds() - processor


def _processor_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def one_core(sources: Sequence[Path], folder: Path, turn: int = TURN) -> dict[str, Cost]:
    """What each takes for all slices, one after the other on one core."""
    costs = {name: Cost() for name in PEERS}
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        for name in PEERS:
            _several(name, sources[:1], folder / name)
        for start in range(0, len(sources), turn):
            for name, cost in costs.items():
                with cost.counted():
                    _several(name, sources[start : start + turn], folder / name)
    finally:
        os.sched_setaffinity(0, cores)
    return costs


def two_processes(sources: Sequence[Path], folder: Path) -> dict[str, float]:
    """Seconds of wall time that two at a time take for all slices. dcm2pnm is started by two threads, as it is a
    process for each slice; the others keep two processes."""
    seconds = dict.fromkeys(PEERS, 0.0)
    with ProcessPoolExecutor(2) as processes, ThreadPoolExecutor(2) as threads:
        for name in PEERS:
            _both(threads if name == "dcm2pnm" else processes, name, sources[:2], folder)
        for start in range(0, len(sources), 2 * TURN):
            for name in PEERS:
                begun = time.perf_counter()
                _both(threads if name == "dcm2pnm" else processes, name, sources[start : start + 2 * TURN], folder)
                seconds[name] += time.perf_counter() - begun
    return seconds


def _both(workers: Executor, name: str, sources: Sequence[Path], folder: Path) -> None:
    jobs = [workers.submit(_several, name, sources[part::2], folder / name) for part in range(2)]
    for job in jobs:
        job.result()


def parts(sources: Iterable[Path]) -> dict[str, float]:
    """How many seconds of processor time the steps of gtctl take, how many of the last are deflate, and how many the
    same PNG takes Pillow."""
    from isal import isal_zlib

    steps = ("read and parse", "judge", "decode and window", "PNG", "of that, deflate", "(PNG by Pillow's defaults)")
    seconds = dict.fromkeys(steps, 0.0)
    with dicom.quiet():
        for source in sources:
            times = [time.process_time()]
            dataset = dicom.read(source.read_bytes())
            times.append(time.process_time())
            decision = decide(dataset, POLICY)
            times.append(time.process_time())
            (frame,) = render.frames(dataset, CHOICE, decision)
            times.append(time.process_time())
            encoded = png.encode(frame.pixels)
            times.append(time.process_time())
            # What lies between header and end of the PNG, once more.
            filtered = isal_zlib.decompress(encoded[41:-16])
            begun = time.process_time()
            isal_zlib.compress(filtered, level=1)
            times.append(times[-1] + time.process_time() - begun)
            begun = time.process_time()
            Image.fromarray(frame.pixels).save(io.BytesIO(), "PNG")
            times.append(times[-1] + time.process_time() - begun)
            for step, (start, end) in zip(seconds, pairwise(times), strict=True):
                seconds[step] += end - start
    return seconds


def check_same(folder: Path) -> None:
    """Raises RuntimeError unless all made the same images within one grey level."""
    ours = sorted((folder / "gtctl").glob("*.png"))
    for path in ours:
        theirs = [folder / "dcm2pnm" / path.name, folder / "pydicom and Pillow" / path.name]
        expected = _pixels(path)
        for other in theirs:
            if np.abs(_pixels(other) - expected).max() > 1:
                raise RuntimeError(f"{other} is another image than {path}")


def _pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def _bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.png"))


def table(count: int, folder: Path) -> Iterator[str]:
    """The lines of the report."""
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    version = subprocess.run(["dcm2pnm", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    yield f"Python {platform.python_version()}, {os.cpu_count()} cores, load before {load}, dcmtk {version}"
    yield ""
    for name in PEERS:
        (folder / name).mkdir()
    sources = slices.write(folder, count)
    single, double = one_core(sources, folder), two_processes(sources, folder)
    check_same(folder)
    yield f"| {count} slices | images/s, one core | times dcm2pnm | processor ms each | images/s, two processes | kB |"
    yield "|---|---|---|---|---|---|"
    for name, cost in single.items():
        yield (
            f"| {name} | {count / cost.wall:.0f} | {single['dcm2pnm'].wall / cost.wall:.1f} "
            f"| {cost.processor / count * 1000:.1f} | {count / double[name]:.0f} "
            f"| {_bytes_of(folder / name) / count / 1000:.0f} |"
        )
    yield ""
    yield "| step of gtctl | processor ms for an image |"
    yield "|---|---|"
    for step, seconds in parts(sources).items():
        yield f"| {step} | {seconds / count * 1000:.2f} |"
    yield ""
    frames = folder / "frames.dcm"
    slices.write_frames(frames, count // 5)
    whole = one_core([frames] * 5, folder, turn=1)
    yield f"| {count // 5} slices as frames of one file | images/s, one core | times dcm2pnm |"
    yield "|---|---|---|"
    for name, cost in whole.items():
        yield f"| {name} | {count // 5 * 5 / cost.wall:.0f} | {whole['dcm2pnm'].wall / cost.wall:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--slices", type=int, default=500)
    arguments = parser.parse_args()
    if not shutil.which("dcm2pnm"):
        parser.error("needs dcmtk (Debian: apt-get install dcmtk)")
    with tempfile.TemporaryDirectory() as folder:
        for line in table(arguments.slices, Path(folder)):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
