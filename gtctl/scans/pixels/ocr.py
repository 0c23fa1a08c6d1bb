"""Text in the pixels, found by optical character recognition (extra "ocr").

RapidOCR with the models that its package ships (PP-OCR, Apache-2.0), on the processor, without network. On two CT
slices with a name and a date of birth drawn over air, table and brain in 9 to 24 pixels it found all 36, Tesseract
20, and none over tissue; neither saw text on slices that have none. It takes 0.4 to 1 s of one core for a slice.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from gtctl.errors import BadInput

if TYPE_CHECKING:
    import numpy as np

_LETTERS = 3
"""Shorter pieces name nobody: side markers such as L or RT."""


def require() -> None:
    """Raises BadInput where the extra is not installed."""
    if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
        raise BadInput("find_text needs text recognition: pip install 'gtctl[ocr]', or set find_text to false")


def find_text(pixels: np.ndarray) -> int:
    """How many pieces of text are in uint8 pixels, (rows, columns) or (rows, columns, 3). What they say stays here."""
    import numpy as np

    found = _engine()(pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2))
    return sum(sum(character.isalnum() for character in text) >= _LETTERS for text in found.txts or ())


@lru_cache(maxsize=1)
def _engine() -> Any:
    from rapidocr import RapidOCR

    # One thread: slices are worked on in parallel. Text upside down is as rare as it is slow to look for.
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
