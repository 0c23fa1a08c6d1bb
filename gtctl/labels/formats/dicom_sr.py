"""DICOM SR: a folder of TID 1500 reports for each series, with boxes as regions; needs --ledger.

Boxes become planar regions on the de-identified objects that ``gtctl scans prepare --with-dicom`` wrote. A series has
one report with regions in pixels of its images (image/), and where the ledger tells how they lie in the patient,
another one with the same regions in millimetres (patient/). Both name the box by the same tracking identifier. Images
without a box stand in the first, as finding that nobody boxed anything.

Labels are codes of the private scheme 99GTCTL, unless --codes maps them to another, such as SNOMED CT. The observer is
the private workforce, as a device: nobody is named. The same labels give the same reports.

Format: DICOM PS3.16 TID 1500 "Measurement Report", TID 1410 "Planar ROI Measurements and Qualitative Evaluations".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gtctl.errors import BadInput
from gtctl.files import atomic_write
from gtctl.labels.dataset import Image
from gtctl.labels.formats import Add, Contents
from gtctl.labels.structured_reports import Found, codes, reports
from gtctl.scans import ledger
from gtctl.scans.ledger import Entry
from gtctl.scans.process import DICOM_FOLDER

SUFFIX = None


@contextmanager
def write(folder: Path, contents: Contents) -> Iterator[Add]:
    """Raises BadInput for an image that is in no ledger, has no DICOM object, or another size than its source.

    Memory grows with the number of boxes, and the ledgers' entries.
    """
    known = dict(_entries(contents))
    mapped = codes(contents.codes) if contents.codes else {}
    series: dict[tuple[str, str], list[Found]] = {}

    def add(image: Image) -> None:
        image.require_boxes_inside("dicom-sr")
        name = image.file_name.rpartition("/")[2]
        if name not in known:
            raise BadInput(f"the image {name} is in no ledger, so its DICOM object is not known; give its ledger, too")
        entry, objects = known[name]
        if entry.dicom is None:
            raise BadInput(
                f"the image {name} has no DICOM object: run gtctl scans prepare --with-dicom, and export again"
            )
        if (entry.width, entry.height) != (image.width, image.height):
            raise BadInput(
                f"the image {name} has {image.width} x {image.height} pixels in the manifest, and {entry.width} x "
                f"{entry.height} in the ledger: labels of another image"
            )
        # A source that names no series is a series of its own; so are frames of one object.
        key = entry.series or f"{entry.study} {entry.dicom.file}"
        found = Found(entry, f"{objects.rstrip('/')}/{entry.dicom.file}", image)
        series.setdefault((image.split, key), []).append(found)

    yield add
    for split, key in sorted(series):
        names = contents.classes.names
        for kind, uid, document in reports(series[split, key], names, mapped, contents.attribute):
            with atomic_write(folder / split / kind / f"{uid}.dcm", "wb") as stream:
                document.save_as(stream, enforce_file_format=True)


def _entries(contents: Contents) -> Iterator[tuple[str, tuple[Entry, str]]]:
    """Each image of the ledgers, with where its objects lie."""
    from gtctl.scans.prepare import beside

    if not contents.ledgers:
        raise BadInput("dicom-sr needs --ledger: it knows the DICOM object of each image")
    if contents.dicom_objects and len(contents.dicom_objects) != len(contents.ledgers):
        raise BadInput(
            f"{len(contents.dicom_objects)} --dicom-objects for {len(contents.ledgers)} ledgers: give one for each"
        )
    for at, place in enumerate(contents.ledgers):
        objects = contents.dicom_objects[at] if contents.dicom_objects else beside(place, DICOM_FOLDER, is_file=True)
        for entry in ledger.entries(place):
            yield entry.image, (entry, objects)
