"""The labels of one or several output manifests as one dataset: each image once, classes by name, every row counted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

import msgspec

from gtctl.errors import BadInput
from gtctl.labels.classes import Classes
from gtctl.labels.output_manifest import Box, Failed, Labeled, Row, Survey, rows, shown, survey
from gtctl.labels.repeated import Rule, passed_over
from gtctl.manifests.places import open_input
from gtctl.manifests.repeats import Repeats


@dataclass(frozen=True, slots=True)
class Options:
    """What is taken from the manifests.

    ``attribute`` is needed where several hold boxes. ``accept`` has the classes of verification jobs that let an image
    through; ``ignore_verification`` lets all through. ``min_confidence`` leaves out boxes below it, and those without a
    confidence. ``clip`` cuts boxes at the image's edge. ``human_only`` leaves out what a model labeled. ``repeated``
    says which row holds of an image that was labeled twice.
    """

    attribute: str | None = None
    accept: tuple[str, ...] = ()
    ignore_verification: bool = False
    min_confidence: float | None = None
    clip: bool = False
    human_only: bool = False
    repeated: Rule = "refuse"


@dataclass(slots=True)
class Counts:
    """What became of the rows and boxes; the docs of each are in docs/labels.md.

    ``read`` = ``exported`` + ``failed`` + ``unlabeled`` + ``rejected`` + ``unverified`` + ``machine`` + ``repeated``.
    Boxes in the manifests' exported images = ``boxes`` + ``boxes_below_confidence`` + ``boxes_outside``.
    """

    read: int = 0
    exported: int = 0
    empty: int = 0
    """Of the exported: no box, and there was none in the manifest."""
    emptied: int = 0
    """Of the exported: no box, as all were left out."""
    failed: int = 0
    unlabeled: int = 0
    rejected: int = 0
    """Left out: a verification job gave another class than the accepted ones."""
    unverified: int = 0
    """Left out: classes to accept were named, and no verification job gave one."""
    machine: int = 0
    """Left out: labeled by a model, where only people's labels were wanted."""
    repeated: int = 0
    """Left out: another row of the same image holds."""
    boxes: int = 0
    boxes_below_confidence: int = 0
    boxes_beyond: int = 0
    """Boxes that reach beyond their image, cut where that was asked for."""
    boxes_outside: int = 0
    """Of these, left out: nothing remained when they were cut."""
    boxes_without_area: int = 0
    unnamed_classes: int = 0


class Image(msgspec.Struct):
    """A labeled image. ``number`` counts the rows of all manifests, from 1; ``file_name`` is the object's key, with the
    bucket before it where there are several buckets. The boxes' class ids are those of ``Dataset.classes``;
    ``confidences`` go with them.
    """

    number: int
    source_ref: str
    file_name: str
    width: int
    height: int
    depth: int | None
    boxes: list[Box]
    confidences: list[float | None]
    human: bool | None = None
    created: str | None = None
    job_name: str | None = None
    split: str = ""

    def require_boxes_inside(self, format_name: str) -> None:
        """Raise BadInput where a box reaches beyond the image, for formats that cannot hold it."""
        for box in self.boxes:
            if is_beyond(box, self.width, self.height):
                raise BadInput(
                    f"{shown([self.file_name])}: a box reaches beyond the image, which {format_name} cannot hold: "
                    "give --clip"
                )


class Dataset:
    """Output manifests (paths or s3://bucket/key), open to be read several times; a context manager.

    Raises BadInput, naming manifest and line, for whatever makes no sense. Memory grows with the number of classes, and
    of images that stand in several rows, only.
    """

    def __init__(self, manifests: Sequence[str], options: Options | None = None) -> None:
        self.options = options or Options()
        self.counts = Counts()
        self._names = list(manifests)
        self._open = ExitStack()
        with self._open:
            self._streams: list[BinaryIO] = [self._open.enter_context(open_input(name)) for name in manifests]
            places = _Places()
            with Repeats() as repeats:
                self._surveys = [
                    self._survey(name, stream, repeats, places)
                    for name, stream in zip(manifests, self._streams, strict=True)
                ]
                self._passed_over = self._find_repeated(repeats)
            self._several_buckets = places.several_buckets
            self.folder = places.folder
            self.attribute = self._surveys[0].attribute
            self.classes = Classes([each.class_names for each in self._surveys])
            self._check_accepted()
            self._open = self._open.pop_all()

    def __enter__(self) -> Dataset:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    @property
    def rows_of_each(self) -> list[int]:
        """How many rows each manifest has: images are numbered through all of them."""
        return [surveyed.lines for surveyed in self._surveys]

    def images(self) -> Iterator[Image]:
        """The labeled images in the manifests' order. ``counts`` speaks of the last time they were gone through."""
        counts = self.counts = Counts()
        for manifest, number, place, row in self._rows():
            counts.read += 1
            if number in self._passed_over:
                counts.repeated += 1
            elif isinstance(row, Labeled):
                if self._accepted(row, place):
                    yield self._image(row, number, manifest, place)
            elif isinstance(row, Failed):
                counts.failed += 1
            else:
                counts.unlabeled += 1
        counts.unnamed_classes = len(self.classes.unnamed)

    def _survey(self, name: str, stream: BinaryIO, repeats: Repeats, places: _Places) -> Survey:
        def see(images: list[str]) -> None:
            # An empty line is like no other.
            repeats.add([image or object() for image in images])
            places.add(images)

        return survey(stream, name, self.options.attribute, see)

    def _rows(self) -> Iterator[tuple[int, int, str, Row]]:
        """Manifest, number, the manifest's name, and the row; the numbers go on from one manifest to the next."""
        before = 0
        for manifest, (name, stream) in enumerate(zip(self._names, self._streams, strict=True)):
            stream.seek(0)
            for row in rows(stream, name, self._surveys[manifest]):
                yield manifest, before + row.line, name, row
            before += self._surveys[manifest].lines

    def _find_repeated(self, repeats: Repeats) -> set[int]:
        suspected = {number for line, before, _ in repeats.found() for number in (line, before)}
        if not suspected:
            return suspected
        placed = ((number, f"{name}:{row.line}", row) for _, number, name, row in self._rows())
        return passed_over(placed, suspected, self.options.repeated)

    def _check_accepted(self) -> None:
        there = {each for found in self._surveys for classes in found.verifications.values() for each in classes}
        if unknown := set(self.options.accept) - there:
            listed = f"; there is {shown(there)}" if there else ""
            raise BadInput(f"--accept: no verification gave {shown(unknown)}{listed}")

    def _accepted(self, row: Labeled, manifest: str) -> bool:
        options = self.options
        if row.verifications and not options.ignore_verification:
            if not options.accept:
                verified = row.verifications[0]
                raise BadInput(
                    f"{manifest}:{row.line}: the labels were verified ({shown([verified.attribute])}: "
                    f"{shown([verified.class_name])}): name the classes to export with --accept, or give "
                    "--ignore-verification"
                )
            if any(each.class_name not in options.accept for each in row.verifications):
                self.counts.rejected += 1
                return False
        elif options.accept and not options.ignore_verification:
            self.counts.unverified += 1
            return False
        if options.human_only and row.human is not True:
            self.counts.machine += 1
            return False
        return True

    def _image(self, row: Labeled, number: int, manifest: int, place: str) -> Image:
        counts = self.counts
        uri = row.source_ref
        bucket, _, key = uri[5:].partition("/")
        if not key or not bucket or not uri.startswith("s3://"):
            raise BadInput(f'{place}:{row.line}: "source-ref" is no S3 URI')
        boxes, confidences = row.boxes, row.confidences
        if boxes:
            if self.options.min_confidence is not None:
                boxes, confidences = self._confident(boxes, confidences, self.options.min_confidence)
            boxes, confidences = self._within(boxes, confidences, row.width, row.height)
            boxes = self._renumbered(boxes, manifest, row.line)
            counts.boxes += len(boxes)
            counts.emptied += not boxes
        else:
            counts.empty += 1
        counts.exported += 1
        return Image(
            number,
            uri,
            f"{bucket}/{key}" if self._several_buckets else key,
            row.width,
            row.height,
            row.depth,
            boxes,
            confidences,
            row.human,
            row.created,
            row.job_name,
        )

    def _confident(
        self, boxes: list[Box], confidences: list[float | None], least: float
    ) -> tuple[list[Box], list[float | None]]:
        kept = [
            (box, confidence)
            for box, confidence in zip(boxes, confidences, strict=True)
            if confidence is not None and confidence >= least
        ]
        self.counts.boxes_below_confidence += len(boxes) - len(kept)
        return [box for box, _ in kept], [confidence for _, confidence in kept]

    def _within(
        self, boxes: list[Box], confidences: list[float | None], width: int, height: int
    ) -> tuple[list[Box], list[float | None]]:
        """The boxes, cut where that is asked for; counts those that reach beyond the image or have no area."""
        beyond = without_area = 0
        # A million times: is_beyond, without the call.
        for box in boxes:
            left, top, across, down = box.left, box.top, box.width, box.height
            if left < 0 or top < 0 or left + across > width or top + down > height:
                beyond += 1
            if not across or not down:
                without_area += 1
        self.counts.boxes_without_area += without_area
        if not beyond:
            return boxes, confidences
        self.counts.boxes_beyond += beyond
        if not self.options.clip:
            return boxes, confidences
        cut = [(clipped(box, width, height), each) for box, each in zip(boxes, confidences, strict=True)]
        kept = [(box, each) for box, each in cut if box is not None]
        self.counts.boxes_outside += len(cut) - len(kept)
        return [box for box, _ in kept], [each for _, each in kept]

    def _renumbered(self, boxes: list[Box], manifest: int, line: int) -> list[Box]:
        classes = self.classes
        if classes.same:
            for box in boxes:
                if box.class_id not in classes.names:
                    classes.of(manifest, box.class_id)
            return boxes
        found = []
        for box in boxes:
            number = classes.of(manifest, box.class_id)
            if number is None:
                raise BadInput(
                    f"{self._names[manifest]}:{line}: class {box.class_id} has no name, and the manifests number their "
                    "classes differently: export this one on its own"
                )
            found.append(box if number == box.class_id else msgspec.structs.replace(box, class_id=number))
        return found


def is_beyond(box: Box, width: int, height: int) -> bool:
    """Whether a box reaches beyond an image of this size."""
    return box.left < 0 or box.top < 0 or box.left + box.width > width or box.top + box.height > height


def clipped(box: Box, width: int, height: int) -> Box | None:
    """The part of a box within an image; None where nothing of it is, or no more than an edge."""
    left, top = max(box.left, 0), max(box.top, 0)
    right, bottom = min(box.left + box.width, width), min(box.top + box.height, height)
    if right < left or bottom < top or (right == left and box.width) or (bottom == top and box.height):
        return None
    return Box(box.class_id, left, top, right - left, bottom - top)


class _Places:
    """Where the images lie, as far as it is the same for all."""

    def __init__(self) -> None:
        self._shared: str | None = None

    def add(self, images: list[str]) -> None:
        if found := [image for image in images if image]:
            # Letter by letter: what follows the last "/" of it is no folder.
            self._shared = os.path.commonprefix(found if self._shared is None else [self._shared, *found])  # noqa: RUF071

    @property
    def several_buckets(self) -> bool:
        # s3://bucket/ has three of them.
        return (self._shared or "").count("/") < 3

    @property
    def folder(self) -> str:
        """The folder that all images share, as the beginning of their file names: "" or with "/" at its end."""
        below = "" if self.several_buckets else (self._shared or "").split("/", 3)[3]
        return below[: below.rfind("/") + 1]
