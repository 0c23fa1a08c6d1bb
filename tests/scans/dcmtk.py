"""dcmtk as the second opinion on how a scan looks: its dcm2pnm, and the same with JPEG and with JPEG-LS."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

_JPEG = tuple(f"1.2.840.10008.1.2.4.{last}" for last in (50, 51, 57, 70))
_JPEG_LS = tuple(f"1.2.840.10008.1.2.4.{last}" for last in (80, 81))


def require() -> None:
    """Skip the calling test without dcmtk, except in continuous integration, where the proof must not be left out."""
    if all(shutil.which(tool) for tool in ("dcm2pnm", "dcmj2pnm", "dcml2pnm", "dcmcjpeg")):
        return
    reason = "needs dcmtk (Debian: apt-get install dcmtk)"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason)
    pytest.skip(reason)


def shown(file: bytes, transfer_syntax: str, *options: str) -> list[np.ndarray]:
    """Every frame of a DICOM file as dcmtk shows it: uint8, grey or RGB; none where dcmtk cannot read it."""
    tool = "dcmj2pnm" if transfer_syntax in _JPEG else "dcml2pnm" if transfer_syntax in _JPEG_LS else "dcm2pnm"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source.dcm")
        source.write_bytes(file)
        command = [tool, "--quiet", "--all-frames", "--no-overlays", "--write-raw-pnm", *options]
        subprocess.run([*command, str(source), f"{folder}/frame"], check=False, capture_output=True, timeout=60)
        frames = sorted(Path(folder).glob("frame*"), key=lambda path: int(path.suffixes[-2][1:]))
        made = []
        for path in frames:
            with Image.open(path) as image:
                made.append(np.asarray(image))
        return made


def compressed(file: bytes, *options: str) -> bytes:
    """A DICOM file compressed as JPEG by dcmcjpeg."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.dcm"), Path(folder, "target.dcm")
        source.write_bytes(file)
        subprocess.run(["dcmcjpeg", *options, str(source), str(target)], check=True, capture_output=True, timeout=60)
        return target.read_bytes()


def most_different(ours: np.ndarray, theirs: np.ndarray) -> int:
    """The greatest difference in grey levels; grey that is stored as RGB counts as grey. 256: sizes differ."""
    if ours.ndim < theirs.ndim:
        ours = np.repeat(ours[..., None], 3, axis=2)
    if ours.ndim > theirs.ndim:
        theirs = np.repeat(theirs[..., None], 3, axis=2)
    if ours.shape != theirs.shape:
        return 256
    return int(np.abs(ours.astype(int) - theirs).max())
