"""The output manifest of a bounding-box job, as typed rows, one at a time.

A manifest may hold the labels of several jobs in a chain: boxes, their adjustment, their verification, each under an
attribute of its own. It is read twice: ``survey`` finds out what it holds, ``rows`` gives the labels of one attribute.

Source: SageMaker Developer Guide, "Labeling job output data", "Label verification and adjustment data in the output
manifest", and manifests that real jobs wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, BinaryIO

import msgspec
from msgspec import UNSET, UnsetType

from gtctl.errors import BadInput
from gtctl.manifests.lines import blocks, split
from gtctl.manifests.places import open_input

BOXES = "groundtruth/object-detection"
VERIFICATION = "groundtruth/label-verification"
METADATA = "-metadata"

Number = int | float
# No image is a billion pixels wide; within these bounds sums and areas are numbers that every reader knows.
_Place = msgspec.Meta(ge=-(10**9), le=10**9)
_Extent = msgspec.Meta(ge=0, le=10**9)
Position = Annotated[int, _Place] | Annotated[float, _Place]
Length = Annotated[int, _Extent] | Annotated[float, _Extent]
_Pixels = Annotated[int, msgspec.Meta(ge=1)]


class Box(msgspec.Struct, frozen=True, gc=False):
    """A box in pixels from the image's upper left corner; integers stay integers. ``class_id`` counts from 0."""

    class_id: Annotated[int, msgspec.Meta(ge=0)]
    left: Position
    top: Position
    width: Length
    height: Length


class Verification(msgspec.Struct, frozen=True):
    """What workers said of labels: the class they chose, for instance "good", and their comments, which are free text
    and may name a person."""

    attribute: str
    class_name: str
    confidence: float | None = None
    comments: tuple[str, ...] = ()


class Labeled(msgspec.Struct, frozen=True):
    """An image with its boxes (none is an answer, too).

    ``confidences`` go with ``boxes``, None where the job gave none. ``class_names`` has the classes of this image
    only, and may lack some of them. ``line`` counts from 1. What the metadata does not say is None: ``human`` (False:
    labeled by a model), ``adjusted`` (in an adjustment job), ``created`` (ISO 8601). ``verifications`` are those made
    after these labels, or at a time that is not told.
    """

    line: int
    source_ref: str
    width: int
    height: int
    boxes: list[Box]
    confidences: list[float | None]
    class_names: dict[int, str]
    depth: int | None = None
    human: bool | None = None
    adjusted: bool | None = None
    created: str | None = None
    job_name: str | None = None
    verifications: tuple[Verification, ...] = ()


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


@dataclass(slots=True)
class Survey:
    """What a manifest holds. ``attribute`` is the one with the boxes; ``verifications`` are attributes with the classes
    that workers chose among; ``class_names`` are those of all rows. ``lines`` counts empty ones, too.
    """

    attribute: str = ""
    lines: int = 0
    class_names: dict[int, str] = field(default_factory=dict)
    verifications: dict[str, set[str]] = field(default_factory=dict)


class _Size(msgspec.Struct, gc=False):
    width: _Pixels | Annotated[float, msgspec.Meta(ge=1)]
    height: _Pixels | Annotated[float, msgspec.Meta(ge=1)]
    depth: Annotated[int, msgspec.Meta(ge=1)] | None = None


class _Label(msgspec.Struct, gc=False):
    image_size: Annotated[list[_Size], msgspec.Meta(min_length=1)]
    annotations: list[Box]


class _Object(msgspec.Struct, gc=False):
    confidence: float | None = None


class _Metadata(msgspec.Struct, rename="kebab", gc=False):
    objects: list[_Object] | None = None
    class_map: dict[int, str] | None = None
    failure_reason: str | None = None
    human_annotated: str | None = None
    adjustment_status: str | None = None
    creation_date: str | None = None
    job_name: str | None = None


class _Comment(msgspec.Struct, gc=False):
    comment: str = ""


class _Verified(msgspec.Struct, rename="kebab", gc=False):
    class_name: str | None = None
    confidence: float | None = None
    creation_date: str | None = None
    worker_feedback: list[_Comment] | None = None


class _Kind(msgspec.Struct, rename="kebab", gc=False):
    type: str | None = None
    failure_reason: str | None = None
    class_name: str | None = None
    class_map: msgspec.Raw | UnsetType = UNSET


class _WithReason(msgspec.Struct, rename="kebab"):
    failure_reason: str


_Keys = dict[str, msgspec.Raw]
_keys_decoder = msgspec.json.Decoder(_Keys)
_kind_decoder = msgspec.json.Decoder(_Kind)
_class_map_decoder = msgspec.json.Decoder(dict[int, str])
_text_decoder = msgspec.json.Decoder(str)


def read(manifest: str, attribute: str | None = None) -> Iterator[Row]:
    """The rows of an output manifest (a path or s3://bucket/key), in order; memory does not grow with them.

    Raises what ``survey`` and ``rows`` raise.
    """
    with open_input(manifest) as stream:
        surveyed = survey(stream, manifest, attribute)
        stream.seek(0)
        yield from rows(stream, manifest, surveyed)


def survey(
    stream: BinaryIO,
    manifest: str,
    attribute: str | None = None,
    see: Callable[[list[str]], object] | None = None,
) -> Survey:
    """Read a manifest once and say what it holds. ``attribute`` is the name of the label attribute; without it, it is
    the only one whose metadata says that it holds boxes. ``see`` is told the images of every line, a block at a time;
    an empty line has none ("").

    Raises BadInput where a line is no row of an image job, where no attribute or several hold boxes, as after an
    adjustment job, and where a class has two names.
    """
    found = _Attributes()
    lines, there = 0, not attribute
    wanted = {attribute, f"{attribute}{METADATA}"}
    for block in blocks(stream):
        images = []
        for line, values in _decoded(split(block), _keys_decoder):
            lines += 1
            if values is None:
                if line.strip():
                    raise BadInput(f"{manifest}:{lines}: {_explained(line, _keys_decoder)}")
                images.append("")
                continue
            try:
                images.append(_text_decoder.decode(values["source-ref"]))
            except (KeyError, msgspec.DecodeError, UnicodeDecodeError) as error:
                raise BadInput(f'{manifest}:{lines}: no "source-ref": not a row of an image job') from error
            for key, raw in values.items():
                if key.endswith(METADATA) and _is_name(key):
                    found.add(key.removesuffix(METADATA), raw, lines)
            there = there or not wanted.isdisjoint(values)
        if see:
            see(images)
    if attribute and (attribute == "source-ref" or not _is_name(attribute)):
        raise BadInput(f"--attribute: {attribute!r} cannot be a label attribute")
    chosen = attribute if attribute and there else found.boxes(manifest, lines, attribute)
    if clash := found.clashes.get(chosen):
        raise BadInput(
            f"{manifest}:{clash[1]}: class {clash[0]} has another name than in the rows before: "
            "export jobs with different label lists as manifests of their own"
        )
    taken = {chosen, f"{chosen}{METADATA}"}
    verifications = {name: classes for name, classes in found.verifications.items() if f"{name}{METADATA}" not in taken}
    return Survey(chosen, lines, found.class_names.get(chosen, {}), verifications)


class _Attributes:
    """What the metadata of the rows says of each attribute."""

    def __init__(self) -> None:
        self.with_boxes: set[str] = set()
        self.only_failed: set[str] = set()
        self.other: set[str] = set()
        self.verifications: dict[str, set[str]] = {}
        self.class_names: dict[str, dict[int, str]] = {}
        self.clashes: dict[str, tuple[int, int]] = {}
        self._known_maps: set[tuple[str, bytes]] = set()

    def add(self, attribute: str, metadata: msgspec.Raw, line: int) -> None:
        try:
            kind = _kind_decoder.decode(metadata)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Something of the user's own that is only named like metadata.
            return
        if kind.type == BOXES:
            self.with_boxes.add(attribute)
        elif kind.type == VERIFICATION:
            classes = self.verifications.setdefault(attribute, set())
            if kind.class_name is not None:
                classes.add(kind.class_name)
        elif kind.type is not None:
            self.other.add(attribute)
        elif kind.failure_reason is not None:
            self.only_failed.add(attribute)
        if kind.class_map is not UNSET:
            self._name_classes(attribute, bytes(kind.class_map), line)

    def _name_classes(self, attribute: str, class_map: bytes, line: int) -> None:
        if (attribute, class_map) in self._known_maps:
            return
        if len(self._known_maps) > _KNOWN_MAPS:
            self._known_maps.clear()
        self._known_maps.add((attribute, class_map))
        try:
            named = _class_map_decoder.decode(class_map)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Whoever reads the row will say so.
            return
        names = self.class_names.setdefault(attribute, {})
        for number, name in named.items():
            if names.setdefault(number, name) != name:
                self.clashes.setdefault(attribute, (number, line))

    def boxes(self, manifest: str, lines: int, wanted: str | None) -> str:
        """The one attribute that holds boxes. Raises BadInput where there is none, or not the one wanted, or several.

        One whose every row failed may be of any kind: it counts unless its rows say elsewhere what it is.
        """
        there = self.with_boxes | (self.only_failed - self.other - self.verifications.keys())
        listed = shown(there)
        if wanted or not there:
            missing = f"a label attribute {wanted!r}" if wanted else "a label attribute with boxes"
            raise BadInput(f"{manifest}: none of {lines} rows has {missing}{f'; there is {listed}' if there else ''}")
        if len(there) > 1:
            raise BadInput(f"{manifest}: several label attributes hold boxes: choose one with --attribute: {listed}")
        return there.pop()


def rows(stream: BinaryIO, manifest: str, surveyed: Survey) -> Iterator[Row]:
    """The rows of a surveyed manifest, whose stream is at its beginning.

    Raises BadInput, naming the line, where the label of a row is damaged.
    """
    decoder, verifications = _decoder_for(surveyed), tuple(surveyed.verifications)
    number = 0
    for block in blocks(stream):
        for line, row in _decoded(split(block), decoder):
            number += 1
            if row is not None:
                yield _row(number, row, verifications, manifest)
            elif line.strip():
                yield _failed(number, line, surveyed.attribute, manifest, decoder)


def _is_name(text: str) -> bool:
    """Whether a job can have an attribute of this name: the service's own have letters, digits and hyphens."""
    return text.isprintable() and '"' not in text and "\\" not in text


def shown(names: Iterable[str]) -> str:
    """Names from a manifest in one line, whatever is in them."""
    return ", ".join(name if name.isprintable() else repr(name) for name in sorted(names))


def _decoder_for(surveyed: Survey) -> msgspec.json.Decoder[Any]:
    """Of rows with just the attributes that matter here, each under a name that Python can say."""
    fields: list[Any] = [
        ("source_ref", str),
        ("label", _Label | UnsetType, UNSET),
        ("metadata", _Metadata | UnsetType, UNSET),
    ]
    names = {"source_ref": "source-ref", "label": surveyed.attribute, "metadata": f"{surveyed.attribute}{METADATA}"}
    for position, attribute in enumerate(surveyed.verifications):
        fields.append((f"verified_{position}", _Verified | UnsetType, UNSET))
        names[f"verified_{position}"] = f"{attribute}{METADATA}"
    return msgspec.json.Decoder(msgspec.defstruct("_Row", fields, rename=names, gc=False))


def _row(line: int, row: Any, verifications: tuple[str, ...], manifest: str) -> Row:
    label, metadata = row.label, row.metadata or _NO_METADATA
    if metadata.failure_reason is not None:
        return Failed(line, row.source_ref, metadata.failure_reason)
    if label is UNSET:
        return Unlabeled(line, row.source_ref)
    boxes = label.annotations
    confidences: list[float | None] = [each.confidence for each in metadata.objects or ()]
    if len(confidences) != len(boxes):
        if len(confidences) > len(boxes):
            raise BadInput(f"{manifest}:{line}: {len(confidences)} confidences for {len(boxes)} boxes")
        confidences += [None] * (len(boxes) - len(confidences))
    size = label.image_size[0]
    if size.width % 1 or size.height % 1 or any(each != size for each in label.image_size):
        raise BadInput(f"{manifest}:{line}: an image has one size in whole pixels")
    return Labeled(
        line,
        row.source_ref,
        int(size.width),
        int(size.height),
        boxes,
        confidences,
        metadata.class_map or {},
        size.depth,
        _YES_NO.get(metadata.human_annotated),
        _ADJUSTED.get(metadata.adjustment_status),
        metadata.creation_date,
        metadata.job_name,
        _verifications(row, verifications, metadata.creation_date) if verifications else (),
    )


def _verifications(row: Any, attributes: tuple[str, ...], created: str | None) -> tuple[Verification, ...]:
    """The verifications of these labels. One that is older speaks of labels that were adjusted since: a manifest does
    not say which labels a job verified."""
    found = []
    for position, attribute in enumerate(attributes):
        verified = getattr(row, f"verified_{position}")
        if verified is UNSET or verified.class_name is None:
            continue
        if created and verified.creation_date and verified.creation_date < created:
            continue
        comments = tuple(each.comment for each in verified.worker_feedback or ())
        found.append(Verification(attribute, verified.class_name, verified.confidence, comments))
    return tuple(found)


def _failed(number: int, line: bytes, attribute: str, manifest: str, decoder: msgspec.json.Decoder[Any]) -> Failed:
    """A row that failed, whatever else stands in it. Raises BadInput for any other."""
    try:
        values = _keys_decoder.decode(line)
        reason = msgspec.json.decode(values[f"{attribute}{METADATA}"], type=_WithReason).failure_reason
        return Failed(number, _text_decoder.decode(values["source-ref"]), reason)
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{manifest}:{number}: {_explained(line, decoder)}") from error


def _decoded(lines: list[bytes], decoder: msgspec.json.Decoder[Any]) -> Iterator[tuple[bytes, Any]]:
    """Each line with what it holds, None where that is not what the decoder wants. A sound block is decoded at once."""
    block = b"\n".join(lines)
    try:
        values = decoder.decode_lines(block)
        if len(values) == len(lines) and block.count(b"}\n{") == len(lines) - 1:
            return zip(lines, values, strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return ((line, _decoded_line(line, decoder)) for line in lines)


def _decoded_line(line: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _explained(line: bytes, decoder: msgspec.json.Decoder[Any]) -> str:
    try:
        decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"not a row of a bounding-box job's output ({error})"
    return "not a row of a bounding-box job's output"


_NO_METADATA = _Metadata()
_YES_NO: dict[str | None, bool] = {"yes": True, "no": False}
_ADJUSTED: dict[str | None, bool] = {"adjusted": True, "unadjusted": False}
# So many class maps are remembered, not to be decoded again.
_KNOWN_MAPS = 4096
