"""The tour of the README, as it is written there, on the sandbox."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pycocotools.coco import COCO

from gtctl.assets import asset_root
from tests.e2e.conftest import run_gtctl

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

_EXIT_CODE = re.compile(r"#.*\bexit code (\d+)\b")


def tour() -> list[str]:
    """The commands of the README's tour; lines that go on are one."""
    text = (asset_root() / "README.md").read_text()
    block = text.partition("## The tour")[2].partition("```console\n")[2].partition("```")[0]
    return [line for line in block.replace("\\\n", " ").splitlines() if line.strip()]


def script(commands: list[str]) -> str:
    """A shell script that ends at the first command whose exit code is not the one that its comment names, else 0."""
    steps = ["set -u"]
    for number, command in enumerate(commands):
        expected = match[1] if (match := _EXIT_CODE.search(command)) else "0"
        steps += [
            f"printf '%s\\n' '== {number}' | tee /dev/stderr",
            command,
            f'code=$?; if [ $code != {expected} ]; then echo "command {number} ended with $code" >&2; exit 1; fi',
        ]
    return "\n".join(steps)


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """The folder in which the tour was made, and what each command printed."""
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("tour")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    commands = tour()
    try:
        done = subprocess.run(
            ["bash", "-c", script(commands)],
            cwd=folder,
            env=os.environ | {"GTCTL_HOME": str(home), "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        printed = re.split(r"^== (\d+)\n", done.stdout, flags=re.MULTILINE)[1:]
        yield folder, {commands[int(at)]: text for at, text in zip(printed[::2], printed[1::2], strict=True)}
    finally:
        run_gtctl(home, "sandbox", "down")


def printed_by(toured: tuple[Path, dict[str, str]], beginning: str) -> list[str]:
    found = [text for command, text in toured[1].items() if command.startswith(beginning)]
    assert found, f"no command of the tour begins with {beginning}"
    return found


def test_the_tour_meets_a_failure_of_the_preflight_and_mends_it(toured: tuple[Path, dict[str, str]]) -> None:
    before, after = printed_by(toured, "gtctl job check")
    assert "FAIL     PF403" in before
    assert "run:  aws cognito-idp admin-create-user" in before
    assert "a launch would be refused" in before
    assert "nothing is in the way" in after
    assert "FAIL" not in after


def test_the_tour_ends_with_labels_for_training_and_for_the_hospital(toured: tuple[Path, dict[str, str]]) -> None:
    folder, _ = toured
    [watched] = printed_by(toured, "gtctl job watch")
    images = int(watched.partition("(")[2].split()[0])
    assert watched.strip() == f"chest-ct: Completed ({images} labeled, 0 failed, 0 unlabeled)"
    coco = COCO(str(folder / "labels.coco.json"))
    assert len(coco.getImgIds()) == images
    reports = [path for path in (folder / "reports").rglob("*") if path.is_file() and path.suffix == ".dcm"]
    assert reports
    assert {pydicom.dcmread(path).Modality for path in reports} == {"SR"}
    assert len(coco.getAnnIds()) == sum(
        json.dumps(pydicom.dcmread(p).to_json_dict()).count("POLYLINE") for p in reports
    )
