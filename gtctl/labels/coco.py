"""Labels as a COCO object-detection file. Format: cocodataset.org, "Data format"."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from gtctl import __version__
from gtctl.errors import BadInput
from gtctl.files import atomic_write
from gtctl.labels.output_manifest import Failed, Labeled, Number, Unlabeled, read


@dataclass(slots=True)
class Counts:
    """What became of the rows: ``read`` = ``exported`` + ``failed`` + ``unlabeled``.

    ``empty`` of the exported images have no box. ``unnamed_classes`` appear in boxes, but in no class map; their
    name is their number.
    """

    read: int = 0
    exported: int = 0
    empty: int = 0
    failed: int = 0
    unlabeled: int = 0
    boxes: int = 0
    unnamed_classes: int = 0


class _Image(msgspec.Struct, gc=False):
    id: int
    file_name: str
    width: int
    height: int
    source_ref: str


class _Annotation(msgspec.Struct, omit_defaults=True, gc=False):
    id: int
    image_id: int
    category_id: int
    bbox: tuple[Number, Number, Number, Number]
    area: Number
    iscrowd: Number
    segmentation: list[list[float]]
    score: float | None = None


class _Category(msgspec.Struct):
    id: int
    name: str
    supercategory: str


_encoder = msgspec.json.Encoder()


def export(manifest: str, output: Path, attribute: str | None = None) -> Counts:
    """Write the labels of an output manifest (a path or s3://bucket/key) to ``output`` as COCO.

    * Images are the labeled ones, also those without a box. Failed and unlabeled ones are left out and counted:
      in COCO they would say that there is nothing to see.
    * An image's ``id`` is its line in the manifest, from 1; its ``file_name`` is the object's key, so that a mirror
      of the bucket is the image folder; ``source_ref`` is the whole URI.
    * A category's ``id`` is the class id plus 1: the same in every export of a job, whichever classes appear, and
      never 0, which some training code takes for the background.
    * ``score`` of an annotation is the consolidation's confidence, where there is one.

    Memory grows with the number of classes only. Raises what ``output_manifest.read`` raises, and BadInput where a
    class has two names; ``output`` is then not touched.
    """
    counts = Counts()
    names: dict[int, str | None] = {}
    with tempfile.TemporaryFile() as annotations, atomic_write(output, "wb") as stream:
        info = {"description": "Bounding boxes of a Ground Truth labeling job", "version": f"gtctl {__version__}"}
        stream.write(b'{"info":%b,"licenses":[],"images":[' % _encoder.encode(info))
        images, boxes = _Series(stream), _Series(annotations)
        for row in _counted(read(manifest, attribute), counts):
            _name_classes(names, row, manifest)
            images.add(_image(row, manifest))
            if row.boxes:
                boxes.add(*_annotations(row, counts.boxes - len(row.boxes) + 1))
        stream.write(b'],\n"annotations":[')
        annotations.seek(0)
        shutil.copyfileobj(annotations, stream)
        categories = [_Category(number + 1, name or str(number), "") for number, name in sorted(names.items())]
        stream.write(b'],\n"categories":%b}\n' % _encoder.encode(categories))
    counts.unnamed_classes = sum(name is None for name in names.values())
    return counts


class _Series:
    """Items of a JSON array, written as they come."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._separator = b"\n"

    def add(self, *items: msgspec.Struct) -> None:
        self._stream.write(self._separator + _encoder.encode(items)[1:-1])
        self._separator = b",\n"


def _counted(rows: Iterator[Labeled | Failed | Unlabeled], counts: Counts) -> Iterator[Labeled]:
    for row in rows:
        counts.read += 1
        match row:
            case Labeled():
                counts.exported += 1
                counts.empty += not row.boxes
                counts.boxes += len(row.boxes)
                yield row
            case Failed():
                counts.failed += 1
            case Unlabeled():
                counts.unlabeled += 1


def _image(row: Labeled, manifest: str) -> _Image:
    _, _, key = row.source_ref.removeprefix("s3://").partition("/")
    if not key or not row.source_ref.startswith("s3://"):
        raise BadInput(f'{manifest}:{row.line}: "source-ref" is no S3 URI')
    return _Image(row.line, key, row.width, row.height, row.source_ref)


def _annotations(row: Labeled, first: int) -> Iterator[_Annotation]:
    for number, (box, confidence) in enumerate(zip(row.boxes, row.confidences, strict=True), start=first):
        yield _Annotation(
            number,
            row.line,
            box.class_id + 1,
            (box.left, box.top, box.width, box.height),
            box.width * box.height,
            0,
            [],
            confidence,
        )


def _name_classes(names: dict[int, str | None], row: Labeled, manifest: str) -> None:
    for number, name in row.class_names.items():
        if names.setdefault(number, name) is None:
            names[number] = name
        if names[number] != name:
            raise BadInput(
                f"{manifest}:{row.line}: class {number} has another name than in the rows before: "
                "export jobs with different label lists one by one"
            )
    for box in row.boxes:
        names.setdefault(box.class_id, None)
