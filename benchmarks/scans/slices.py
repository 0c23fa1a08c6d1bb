"""Slices to measure with: made of the two real 512x512 CT slices that pydicom ships."""

from __future__ import annotations

import copy
import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid

_REAL = ("693_J2KI.dcm", "J2K_pixelrep_mismatch.dcm")
_NOISE_HU = 8
"""What the noise of a CT slice of that thickness is; the compressed originals have lost theirs."""


def write(folder: Path, count: int) -> list[Path]:
    """``count`` uncompressed slices: each real one in turn, shifted by some rows and with noise of its own."""
    made = []
    for number, slice_ in zip(range(count), _slices(), strict=False):
        path = folder / f"{number:04}.dcm"
        slice_.save_as(path, enforce_file_format=True)
        made.append(path)
    return made


def write_frames(path: Path, count: int) -> None:
    """The same slices of the first kind as the frames of one file."""
    slices = [slice_ for _, slice_ in zip(range(2 * count), _slices(), strict=False)][::2]
    whole = slices[0]
    whole.NumberOfFrames = count
    whole.PixelData = b"".join(each.PixelData for each in slices)
    whole.save_as(path, enforce_file_format=True)


def _slices() -> Iterator[Dataset]:
    real = [_uncompressed(name) for name in _REAL]
    noise = np.random.default_rng(1)
    number = 0
    while True:
        source, values = real[number % len(real)]
        limit = 1 << source.BitsStored - 1
        shifted = np.roll(values, number // len(real) % 64 - 32, axis=0)
        noisy = np.clip(shifted + noise.normal(0, _NOISE_HU, values.shape).round(), -limit, limit - 1)
        made = copy.deepcopy(source)
        made.PixelData = noisy.astype(np.int16).tobytes()
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[str(number)])
        yield made
        number += 1


def _uncompressed(name: str) -> tuple[Dataset, np.ndarray]:
    path = get_testdata_file(name, download=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dcmread(io.BytesIO(Path(str(path)).read_bytes()))
        dataset.decompress(generate_instance_uid=False)
    return dataset, dataset.pixel_array.astype(np.int32)
