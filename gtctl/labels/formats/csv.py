"""CSV: a row for each box, for tables and data frames (RFC 4180, UTF-8).

An image without a box has one row whose label and box are empty. Boxes are in pixels from the upper left corner.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from gtctl.errors import BadInput
from gtctl.labels.dataset import Image
from gtctl.labels.formats import Add, Contents

SUFFIX = ".csv"
COLUMNS = ("image", "image_width", "image_height", "label", "left", "top", "width", "height", "confidence", "human")
# What spreadsheets take for a formula, which may call programs and read other files.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def write(stream: IO[bytes], contents: Contents) -> Iterator[Add]:
    """Raises BadInput for a label that a spreadsheet would run as a formula."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)

    def add(image: Image) -> None:
        size = (image.source_ref, image.width, image.height)
        human = "" if image.human is None else "yes" if image.human else "no"
        if not image.boxes:
            writer.writerow([*size, "", "", "", "", "", "", human])
        for box, confidence in zip(image.boxes, image.confidences, strict=True):
            name = contents.classes.names[box.class_id]
            if name.startswith(_FORMULA):
                raise BadInput(
                    f"the label {name!r} would run as a formula in a spreadsheet: choose another format than csv"
                )
            writer.writerow([*size, name, box.left, box.top, box.width, box.height, confidence, human])

    yield add
    text.flush()
    text.detach()
