"""Runs of ``prepare`` as tests need them: nothing is refused for text or faces unless a test is about that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from gtctl.scans.deidentify import Pseudonyms
from gtctl.scans.pixels.policy import PixelPolicy
from gtctl.scans.prepare import How, prepare
from gtctl.scans.process import Settings
from gtctl.scans.summary import Summary
from gtctl.scans.windows import choose
from tests.scans.dicom_files import content, dataset, ramp

ACCEPT = PixelPolicy(burned_in="accept", may_be_burned_in="accept", faces="accept", unknown_body_part="accept")
PSEUDONYMS = Pseudonyms(bytes(range(32)))


def settings(window: str = "file", **changes: Any) -> Settings:
    """Settings under a policy that accepts all, and pseudonyms that are the same in every test."""
    return replace(Settings(choice=choose(window), policy=ACCEPT, pseudonyms=PSEUDONYMS), **changes)


def run(source: Path | str, destination: Path | str, window: str = "file", **how: Any) -> Summary:
    """Prepare in this process, unless ``how`` says otherwise."""
    return prepare(str(source), str(destination), settings(window), How(**how))


def write(path: Path, number: int = 0, **attributes: Any) -> Path:
    """A DICOM file that differs from those of other numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    uid = {"SOPInstanceUID": f"1.2.3.{number}", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}
    path.write_bytes(content(dataset(ramp(low=-1000 + number), InstanceNumber=number, **(uid | attributes))))
    return path


def images(folder: Path) -> list[Path]:
    """The images in a folder."""
    return sorted(folder.glob("*.png"))


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
