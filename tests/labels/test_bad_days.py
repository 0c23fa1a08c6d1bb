"""kill -9 at any moment of an export, and a full disk: whole, or not there."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.labels.rows import labeled, write

KILLS = 100 if os.environ.get("GTCTL_FULL_PROOFS") else 6
FORMATS = ("coco", "yolo", "label-studio")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> str:
    rows = [labeled(f"ct/{number}.png", *[(0, each, 2, 3, 4) for each in range(5)]) for number in range(1500)]
    return write(tmp_path_factory.mktemp("labels") / "output.manifest", *rows)


def command(manifest: str, format_name: str, output: Path) -> list[str]:
    return [sys.executable, "-m", "gtctl", "labels", "export", "--format", format_name, manifest, str(output)]


def check_whole(output: Path, format_name: str) -> None:
    """Everything that belongs to the output is there."""
    match format_name:
        case "coco":
            assert len(json.loads(output.read_bytes())["annotations"]) == 7500
        case "yolo":
            assert len(list((output / "labels").iterdir())) == 1500
            assert (output / "data.yaml").exists()
        case _:
            assert len(json.loads((output / "tasks.json").read_bytes())) == 1500
            assert (output / "labeling-config.xml").exists()


def test_killed_at_random_moments_there_is_the_whole_output_or_none(manifest: str, tmp_path: Path) -> None:
    """A hundred times with GTCTL_FULL_PROOFS=1; after the last one the same command does it all."""
    random_moments = random.Random(7)
    times = {}
    for format_name in FORMATS:
        begun = time.monotonic()
        subprocess.run(command(manifest, format_name, tmp_path / format_name), check=True, capture_output=True)
        times[format_name] = time.monotonic() - begun
    killed = 0
    for number in range(KILLS):
        format_name = FORMATS[number % len(FORMATS)]
        output = tmp_path / f"{number}-{format_name}"
        started = subprocess.Popen(
            command(manifest, format_name, output), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(random_moments.uniform(0.3, 1.05) * times[format_name])
        started.kill()
        killed += started.wait() == -signal.SIGKILL
        if output.exists():
            check_whole(output, format_name)
    assert killed
    if not output.exists():
        subprocess.run(command(manifest, format_name, output), check=True, capture_output=True)
    check_whole(output, format_name)


@pytest.mark.skipif(sys.platform != "linux", reason="a file-size limit stands in for a full disk")
@pytest.mark.parametrize("format_name", ["coco", "cvat", "label-studio"])
def test_a_full_disk_is_one_line_and_leaves_nothing(manifest: str, tmp_path: Path, format_name: str) -> None:
    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    done = subprocess.run(
        command(manifest, format_name, tmp_path / "out"),
        preexec_fn=limited,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr == f"gtctl: cannot write {tmp_path / 'out'}: File too large\n"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".", "out"))] == []
