"""Input manifests: one line ``{"source-ref": "s3://...", ...}`` per image, each image once, in a stable order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import msgspec

from gtctl.audit import identifiers
from gtctl.errors import BadInput
from gtctl.ground_truth import (
    IMAGE_SUFFIXES,
    MAX_DATASET_OBJECTS,
    MAX_MANIFEST_ATTRIBUTE_CHARACTERS,
    MAX_MANIFEST_LINE_CHARACTERS,
)
from gtctl.manifests.collecting import Collected
from gtctl.manifests.lines import SOURCE_REF, Row
from gtctl.manifests.places import open_output

_ROWS_AT_ONCE = 2000
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Built:
    """``repeated``: how many rows were left out because their image was there already."""

    images: int
    repeated: int


def build(
    rows: Iterable[Row],
    output: str,
    kms_key_arn: str | None = None,
    *,
    keep: Literal["same", "last"] = "same",
    limited: bool = True,
) -> Built:
    """Write a manifest to ``output`` (a path, or s3:// with a key).

    Of rows with the same image one is kept: the last, or with keep="same" any, as all are the same. Raises BadInput,
    and writes nothing, for no image at all; for more than a job takes, if ``limited``; for attributes that are too
    long or look like an identifier of a person; and with keep="same" for rows of one image that differ.
    """
    with open_output(output, kms_key_arn) as stream, Collected() as collected:
        source = iter(rows)
        while batch := list(islice(source, _ROWS_AT_ONCE)):
            _add(batch, collected, compare=keep == "same")
            # An endless source is not drawn to its end; half of the rows may be repeated ones.
            if limited and collected.count > 2 * MAX_DATASET_OBJECTS:
                raise _too_many()
        if not collected.count:
            raise BadInput(f"no image: there is nothing that ends in {', '.join(IMAGE_SUFFIXES)}")
        for line, before, same in collected.repeats():
            if not same and keep == "same":
                raise BadInput(
                    f"images {before} and {line} are the same one, with other attributes: leave one of them out"
                )
            collected.leave_out(before if keep == "last" else line)
        images = collected.write(stream)
        if limited and images > MAX_DATASET_OBJECTS:
            raise _too_many()
    return Built(images, collected.count - images)


def _too_many() -> BadInput:
    return BadInput(
        f"more than {MAX_DATASET_OBJECTS:,} images: a labeling job takes no more; build one manifest per smaller "
        "prefix or ledger, or one for gtctl manifest split, with --no-limit"
    )


def _add(rows: list[Row], collected: Collected, compare: bool) -> None:
    block = _encoder.encode_lines(rows)
    lines = block.split(b"\n")
    lines.pop()
    # The characters of a line are fewer than its bytes; so if these suffice, all limits are kept.
    if max(map(len, lines)) > MAX_MANIFEST_ATTRIBUTE_CHARACTERS:
        for number, row in enumerate(rows, start=collected.count + 1):
            _check_lengths(number, row)
    _check_identifiers(rows, collected.count)
    collected.add([row[SOURCE_REF] for row in rows], block, lines if compare else ())


def _check_lengths(number: int, row: Row) -> None:
    for name, value in row.items():
        if len(_encoder.encode(value).decode()) > MAX_MANIFEST_ATTRIBUTE_CHARACTERS:
            what = "its URI" if name == SOURCE_REF else f"its attribute {name!r}"
            raise BadInput(
                f"image {number}: {what} is longer than the {MAX_MANIFEST_ATTRIBUTE_CHARACTERS:,} characters that an "
                "attribute may have: shorten it"
            )
    if len(_encoder.encode(row).decode()) > MAX_MANIFEST_LINE_CHARACTERS:
        raise BadInput(
            f"image {number}: its line has more than {MAX_MANIFEST_LINE_CHARACTERS:,} characters: carry less"
        )


def _check_identifiers(rows: list[Row], before: int) -> None:
    """Raise BadInput for an attribute that looks like an identifier; first for all rows at once, which is fast."""
    try:
        # The rows of a source have the same attributes, the image first. An array or an object has no hash.
        columns = list(zip(*[row.values() for row in rows], strict=True))[1:]
        text = "\n".join(value for column in columns for value in set(column) if isinstance(value, str))
        if not identifiers.kinds(text) and not identifiers.has_date(text):
            return
    except (TypeError, ValueError):
        pass
    for number, row in enumerate(rows, start=before + 1):
        for name, value in row.items():
            if name != SOURCE_REF and (kind := identifiers.first_in(name, value)):
                raise BadInput(
                    f"image {number}: its attribute {name!r} looks like a person's {kind}: carry a pseudonym instead"
                )
