"""COCO object detection: one JSON file, read by pycocotools, Detectron2, torchvision and most others.

* An image's ``id`` is its row in the manifests, from 1; its ``file_name`` is the object's key, so that a mirror of the
  bucket is the image folder (of several buckets: the bucket, then the key); ``source_ref`` is the whole URI.
* A category's ``id`` is the class id plus 1: the same in every export of a job, whichever classes appear, and never 0,
  which some training code takes for the background.
* ``score`` of an annotation is the consolidation's confidence, where there is one.

Format: cocodataset.org, "Data format".
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import msgspec

from gtctl import __version__
from gtctl.labels.dataset import Image
from gtctl.labels.formats import Add, Contents
from gtctl.labels.output_manifest import Number

SUFFIX = ".json"


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
    segmentation: tuple[()]
    score: float | None = None


class _Category(msgspec.Struct):
    id: int
    name: str
    supercategory: str


_encoder = msgspec.json.Encoder()
_AT_ONCE = 500


@contextmanager
def write(stream: IO[bytes], contents: Contents) -> Iterator[Add]:
    """Annotations lie in a temporary file until the images are all written."""
    info = {"description": "Bounding boxes of a Ground Truth labeling job", "version": f"gtctl {__version__}"}
    with tempfile.TemporaryFile() as annotations:
        stream.write(b'{"info":%b,"licenses":[],"images":[' % _encoder.encode(info))
        images, boxes = _Series(stream), _Series(annotations)
        last = 0

        def add(image: Image) -> None:
            nonlocal last
            number = image.number
            images.add([_Image(number, image.file_name, image.width, image.height, image.source_ref)])
            boxes.add(
                [
                    _Annotation(
                        last := last + 1,
                        number,
                        box.class_id + 1,
                        (box.left, box.top, width := box.width, height := box.height),
                        width * height,
                        0,
                        (),
                        confidence,
                    )
                    for box, confidence in zip(image.boxes, image.confidences, strict=True)
                ]
            )

        yield add
        images.end()
        boxes.end()
        stream.write(b'],\n"annotations":[')
        annotations.seek(0)
        shutil.copyfileobj(annotations, stream)
        categories = [_Category(number + 1, name, "") for number, name in contents.classes.sorted()]
        stream.write(b'],\n"categories":%b}\n' % _encoder.encode(categories))


class _Series:
    """Items of a JSON array, written some hundreds at a time."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._items: list[_Image | _Annotation] = []
        self._separator = b"\n"

    def add(self, items: Sequence[_Image | _Annotation]) -> None:
        self._items += items
        if len(self._items) > _AT_ONCE:
            self.end()

    def end(self) -> None:
        if self._items:
            self._stream.write(self._separator + _encoder.encode(self._items)[1:-1])
            self._items.clear()
            self._separator = b",\n"
