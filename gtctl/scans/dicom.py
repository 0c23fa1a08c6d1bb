"""DICOM read with suspicion: what comes out can be rendered, everything else is Unusable with a reason.

Nothing here lets an attribute value out: pydicom's warnings and log lines, which quote values, are silenced.
"""

from __future__ import annotations

import io
import logging
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gtctl.ground_truth import MAX_IMAGE_PIXELS
from gtctl.scans.codestreams import announced_size
from gtctl.scans.skipping import Reason, Unusable

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset

MAX_SOURCE_BYTES = 2 * 1024**3
"""A file is read whole, to hash and decode the same bytes."""

GREY = ("MONOCHROME1", "MONOCHROME2")
COLOUR = ("RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")

# fmt: off
MODALITIES = frozenset({
    "AR", "BI", "BMD", "CR", "CT", "DG", "DX", "EPS", "ES", "GM", "IO", "IVOCT", "IVUS", "KER", "LEN", "LS", "MG",
    "MR", "NM", "OAM", "OCT", "OP", "OPM", "OPT", "OPTBSV", "OPTENF", "OPV", "OSS", "OT", "PA", "PT", "PX", "RF",
    "RG", "RTIMAGE", "SM", "SRF", "TG", "US", "VA", "XA", "XC",
})
# fmt: on
"""Modalities that make images (PS3.3 C.7.3.1.1.1). The attribute is text, so anything else is not let through."""

_PREAMBLE = 128
_META_START = _PREAMBLE + len(b"DICM")
_META_GROUP = 0x0002


@contextmanager
def quiet() -> Iterator[None]:
    """Silence pydicom and its decoders: their warnings and log lines quote attribute values."""
    from pydicom import config

    loggers = [logging.getLogger(name) for name in ("pydicom", "pylibjpeg", "openjpeg", "libjpeg")]
    before = [logger.disabled for logger in loggers]
    mode = config.settings.reading_validation_mode
    try:
        for logger in loggers:
            logger.disabled = True
        config.settings.reading_validation_mode = config.IGNORE
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        config.settings.reading_validation_mode = mode
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled


def read(content: bytes) -> Dataset:
    """A DICOM file's content as a dataset whose pixels can be decoded and shown.

    Raises Unusable with the reason where it is not.
    """
    from pydicom import dcmread

    if content[_PREAMBLE:_META_START] != b"DICM":
        raise Unusable(Reason.NOT_DICOM)
    try:
        _refuse_deflate_bomb(content)
        dataset = dcmread(io.BytesIO(content))
        _check_pixels(dataset)
    except (Unusable, ImportError):
        raise
    except Exception as error:
        # Whatever a hostile file makes a parser raise, it is this file's trouble only.
        raise Unusable(Reason.BROKEN) from error
    return dataset


def number_of_frames(dataset: Dataset) -> int:
    """How many images the dataset holds. Raises ValueError where it does not say so in digits."""
    return max(1, int(dataset.get("NumberOfFrames") or 1))


def modality(dataset: Dataset) -> str | None:
    """The modality if it is one that makes images, else None."""
    value = str(dataset.get("Modality", ""))
    return value if value in MODALITIES else None


def decode(dataset: Dataset) -> Iterator[np.ndarray]:
    """The frames one after the other: (rows, columns) or, for colour, (rows, columns, 3) with YBR made RGB.

    Integers of 8, 16 or 32 bits, signed as the pixels are; floats for Float and Double Float Pixel Data. The arrays
    may be read-only. Raises whatever the decoder raises on damaged data.
    """
    from pydicom import uid
    from pydicom.pixels.utils import iter_pixels

    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax == uid.RLELossless:
        # pylibjpeg's, where it is installed, ends the process on damaged data.
        yield from iter_pixels(dataset, decoding_plugin="pydicom")
    elif syntax.is_encapsulated:
        _check_announced_sizes(dataset)
        yield from _decompressed(dataset, _FASTEST_DECODER.get(syntax))
    elif unused := _unused_low_bits(dataset):
        for frame in iter_pixels(dataset, bits_stored=dataset.BitsStored + unused):
            yield frame >> unused
    else:
        yield from iter_pixels(dataset, view_only=True)


_FASTEST_DECODER = {
    "1.2.840.10008.1.2.4.50": "pillow",
    "1.2.840.10008.1.2.4.51": "pillow",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.81": "pyjpegls",
}
"""Of several decoders the fastest; for JPEG it is the one that dcmtk has, too."""


def _decompressed(dataset: Dataset, plugin: str | None) -> Iterator[np.ndarray]:
    from pydicom.pixels.utils import iter_pixels

    if plugin:
        try:
            frames = iter_pixels(dataset, decoding_plugin=plugin)
            first = next(frames)
        except Exception:
            # Another decoder may know this variant.
            plugin = None
        else:
            yield first
            yield from frames
    if not plugin:
        yield from iter_pixels(dataset)


def _check_announced_sizes(dataset: Dataset) -> None:
    """Raises Unusable for a frame of another size than the dataset says."""
    from pydicom.encaps import generate_frames

    size = (int(dataset.Rows), int(dataset.Columns))
    for frame in generate_frames(dataset.PixelData, number_of_frames=number_of_frames(dataset)):
        if announced_size(frame) != size:
            raise Unusable(Reason.BROKEN)


def _unused_low_bits(dataset: Dataset) -> int:
    """How many bits lie below the stored ones. None do in today's standard (PS3.5 8.1.1); old files have some."""
    if "PixelData" not in dataset:
        return 0
    return max(0, int(dataset.get("HighBit", 0)) + 1 - int(dataset.BitsStored))


def _check_pixels(dataset: Dataset) -> None:
    from pydicom.pixels.decoders.base import get_decoder

    floating = "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset
    if "PixelData" not in dataset and not floating:
        # pydicom reads a file that breaks off without complaint, up to its last whole element.
        broken_off = "PhotometricInterpretation" in dataset and "PixelDataProviderURL" not in dataset
        raise Unusable(Reason.BROKEN if broken_off else Reason.NO_PIXELS)
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    if rows < 1 or columns < 1:
        raise Unusable(Reason.BROKEN)
    if rows * columns > MAX_IMAGE_PIXELS:
        raise Unusable(Reason.TOO_LARGE)
    # pydicom converts an attribute when it is first asked for: what is used later is tried here.
    number_of_frames(dataset)
    modality(dataset)
    photometric = dataset.PhotometricInterpretation
    samples = 1 if photometric in (*GREY, "PALETTE COLOR") else 3
    if (
        photometric not in (*GREY, *COLOUR)
        or dataset.SamplesPerPixel != samples
        or not (photometric in GREY if floating else _are_known_integers(dataset, samples))
    ):
        raise Unusable(Reason.UNSUPPORTED)
    try:
        decodable = get_decoder(dataset.file_meta.TransferSyntaxUID).is_available
    except NotImplementedError:
        decodable = False
    if not decodable:
        raise Unusable(Reason.UNSUPPORTED)


def _are_known_integers(dataset: Dataset, samples: int) -> bool:
    allocated, stored = dataset.BitsAllocated, dataset.BitsStored
    return (
        allocated in (1, 8, 16, 32)
        and 1 <= stored <= allocated
        and _unused_low_bits(dataset) + stored <= allocated
        and (samples == 1 or dataset.PixelRepresentation == 0)
        and (allocated <= 16 or dataset.PhotometricInterpretation != "PALETTE COLOR")
    )


def _refuse_deflate_bomb(content: bytes) -> None:
    """Inflate a deflated file piece by piece before pydicom does it in one go, and stop at the limit."""
    from pydicom.filereader import read_dataset
    from pydicom.uid import DeflatedExplicitVRLittleEndian

    # Most files are done with here, without being parsed twice.
    if DeflatedExplicitVRLittleEndian.encode() not in content:
        return
    stream = io.BytesIO(content)
    stream.seek(_META_START)
    meta = read_dataset(stream, False, True, stop_when=lambda tag, _vr, _length: tag >> 16 != _META_GROUP)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    rest, size = stream.read(), 0
    while rest and not inflater.eof:
        size += len(inflater.decompress(rest, 1 << 24))
        if size > MAX_SOURCE_BYTES:
            raise Unusable(Reason.TOO_LARGE)
        rest = inflater.unconsumed_tail
