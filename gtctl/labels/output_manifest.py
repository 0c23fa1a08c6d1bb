"""The output manifest of a bounding-box job, as typed rows, one at a time.

Source: SageMaker Developer Guide, "Labeling job output data", and manifests that real jobs wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from gtctl.errors import BadInput
from gtctl.manifests.places import open_input

LABEL_TYPE = "groundtruth/object-detection"
_METADATA = "-metadata"

Number = int | float
Length = Annotated[int, msgspec.Meta(ge=0)] | Annotated[float, msgspec.Meta(ge=0)]


class Box(msgspec.Struct, frozen=True, gc=False):
    """A box in pixels from the image's upper left corner; integers stay integers. ``class_id`` counts from 0."""

    class_id: Annotated[int, msgspec.Meta(ge=0)]
    left: Number
    top: Number
    width: Length
    height: Length


class Labeled(msgspec.Struct, frozen=True):
    """An image with its boxes (none is an answer, too).

    ``confidences`` go with ``boxes``, None where the job gave none. ``class_names`` has the classes of this image
    only, and may lack some of them. ``line`` counts from 1.
    """

    line: int
    source_ref: str
    width: int
    height: int
    boxes: list[Box]
    confidences: list[float | None]
    class_names: dict[int, str]


class Failed(msgspec.Struct, frozen=True):
    """An image that the job could not have labeled, with the service's reason."""

    line: int
    source_ref: str
    reason: str


class Unlabeled(msgspec.Struct, frozen=True):
    """An image that the job did not come to."""

    line: int
    source_ref: str


Row = Labeled | Failed | Unlabeled


class _Size(msgspec.Struct, gc=False):
    width: Annotated[int, msgspec.Meta(ge=1)]
    height: Annotated[int, msgspec.Meta(ge=1)]


class _Label(msgspec.Struct):
    image_size: Annotated[list[_Size], msgspec.Meta(min_length=1)]
    annotations: list[Box]


class _Object(msgspec.Struct, gc=False):
    confidence: float | None = None


class _Kind(msgspec.Struct, rename="kebab"):
    type: str | None = None
    failure_reason: str | None = None


class _Metadata(_Kind):
    objects: list[_Object] | None = None
    class_map: dict[int, str] | None = None


_row_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
_label_decoder = msgspec.json.Decoder(_Label)
_kind_decoder = msgspec.json.Decoder(_Kind)
_metadata_decoder = msgspec.json.Decoder(_Metadata)
_text_decoder = msgspec.json.Decoder(str)


def read(manifest: str, attribute: str | None = None) -> Iterator[Row]:
    """The rows of an output manifest (a path or s3://bucket/key), in order; memory does not grow with them.

    ``attribute`` is the label attribute's name. Without it, it is the one whose metadata says that it holds boxes.
    Raises BadInput, naming the line, where a row is damaged; where there are several such attributes, as after an
    adjustment job; and at the end where there was none.
    """
    chosen, seen = attribute, set[str]()
    number, found = 0, False
    with open_input(manifest) as stream:
        for number, line in enumerate(stream, start=1):
            if line.isspace():
                continue
            try:
                values = _row_decoder.decode(line)
                if not attribute or not found:
                    seen |= _box_attributes(values, seen)
                    if not attribute and len(seen) > 1:
                        raise BadInput(f"several label attributes hold boxes: choose one with --attribute: {_or(seen)}")
                    chosen = attribute or next(iter(seen), None)
                row = _row(number, values, chosen)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise BadInput(f"{manifest}:{number}: not a row of a bounding-box job's output ({error})") from error
            except BadInput as error:
                raise BadInput(f"{manifest}:{number}: {error}") from error
            found = found or not isinstance(row, Unlabeled)
            yield row
    if not found:
        wanted = f"a label attribute {attribute!r}" if attribute else "a label attribute with boxes"
        there = f"; there is {_or(seen)}" if seen else ""
        raise BadInput(f"{manifest}: none of {number} rows has {wanted}{there}")


def _box_attributes(values: dict[str, msgspec.Raw], known: set[str]) -> set[str]:
    """The attributes of a row, beside the known ones, whose metadata says that they hold boxes."""
    names = {key.removesuffix(_METADATA) for key in values if key.endswith(_METADATA)}
    return {name for name in names - known if _holds_boxes(values[name + _METADATA])}


def _holds_boxes(metadata: msgspec.Raw) -> bool:
    try:
        kind = _kind_decoder.decode(metadata)
    except msgspec.DecodeError:
        # Something of the user's own that is only named like metadata.
        return False
    return kind.type == LABEL_TYPE or (kind.type is None and kind.failure_reason is not None)


def _row(line: int, values: dict[str, msgspec.Raw], attribute: str | None) -> Row:
    if "source-ref" not in values:
        raise BadInput('no "source-ref": not a row of an image job')
    source_ref = _text_decoder.decode(values["source-ref"])
    raw_metadata = values.get(f"{attribute}{_METADATA}")
    metadata = _metadata_decoder.decode(raw_metadata) if raw_metadata is not None else _Metadata()
    if metadata.failure_reason is not None:
        return Failed(line, source_ref, metadata.failure_reason)
    if attribute is None or attribute not in values:
        return Unlabeled(line, source_ref)
    label = _label_decoder.decode(values[attribute])
    confidences: list[float | None] = [each.confidence for each in metadata.objects or []]
    missing = len(label.annotations) - len(confidences)
    if missing < 0:
        raise BadInput(f"{len(confidences)} confidences for {len(label.annotations)} boxes")
    size = label.image_size[0]
    return Labeled(
        line,
        source_ref,
        size.width,
        size.height,
        label.annotations,
        confidences + [None] * missing,
        metadata.class_map or {},
    )


def _or(names: set[str]) -> str:
    return ", ".join(sorted(names))
