"""Boxes as DICOM structured reports, written with highdicom.

Coordinates: a box counts pixels from the image's upper left corner, and so do spatial coordinates (PS3.3 C.18.6.1:
0.0, 0.0 is the corner of the first pixel, 0.5, 0.5 its centre). In the patient, PS3.3 C.7.6.2.1.1 says where the centre
of each pixel lies.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gtctl import __version__
from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.labels.dataset import Image
from gtctl.labels.output_manifest import Box
from gtctl.manifests.places import open_input
from gtctl.scans import dicom
from gtctl.scans.ledger import Entry

if TYPE_CHECKING:
    import numpy as np
    from highdicom.sr import CodedConcept
    from pydicom import Dataset

SCHEME = "99GTCTL"
OBSERVER = "Ground Truth private workforce"
MANUFACTURER = "gtctl"
IMAGE, PATIENT = "image", "patient"

_LONGEST_MEANING = 64
_LONGEST_CODE = 16
_NO_BOX = ("NO-BOX", "Labeled, nothing boxed")
_CONFIDENCE = ("CONFIDENCE", "Confidence of the consolidated box")


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands for a label: a code of a scheme, such as 27925004 of SCT, and its meaning."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Found:
    """A labeled image with its line of the ledger, and where its DICOM object lies."""

    entry: Entry
    place: str
    image: Image


def codes(path: Path) -> dict[str, Code]:
    """The codes of labels in a YAML file: ``nodule: {value: "27925004", scheme: SCT, meaning: Nodule}``.

    Raises BadInput for a file that says something else, and for a code that DICOM has no room for.
    """
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = msgspec.convert(document, dict[str, Code])
    except OSError as error:
        raise EnvironmentFailed(f"cannot read {path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        what = " ".join(str(error).split())
        raise BadInput(
            f'{path}: not codes of labels ({what}): nodule: {{value: "...", scheme: SCT, meaning: ...}}'
        ) from None
    for label, code in found.items():
        _require_fits(code, f"{path}: {label}")
    return found


def code_of(label: str) -> Code:
    """The code of a label in our own scheme: the same for the same label, in every report."""
    return Code(f"L{hashlib.sha256(label.encode()).hexdigest()[:12].upper()}", SCHEME, label)


def reports(
    images: Sequence[Found], names: Mapping[int, str], mapped: Mapping[str, Code], attribute: str
) -> Iterator[tuple[str, str, Dataset]]:
    """The reports on the images of one series: kind ("image" or "patient"), SOP Instance UID, and the object.

    ``names`` are those of the classes, ``mapped`` codes of labels, ``attribute`` is the label attribute. A box
    without area is in the first only. Raises BadInput where an object is not there, or is not the one of the ledger.
    """
    ordered = sorted(images, key=lambda found: (found.entry.dicom.file if found.entry.dicom else "", found.entry.frame))
    evidence = {place: _object(place, found.entry) for place, found in {each.place: each for each in ordered}.items()}
    concepts = {number: _concept(name, mapped) for number, name in names.items()}
    for kind in (IMAGE, PATIENT):
        groups = [
            group for found in ordered for group in _groups(kind, found, evidence[found.place], concepts, attribute)
        ]
        if groups:
            with dicom.quiet():
                document = _report(kind, ordered, list(evidence.values()), groups, attribute)
            yield kind, str(document.SOPInstanceUID), document


def _object(place: str, entry: Entry) -> Dataset:
    """The object without its pixels."""
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    with open_input(place) as stream:
        content = stream.read()
    if entry.dicom is None or hashlib.sha256(content).hexdigest() != entry.dicom.sha256:
        raise BadInput(f"{place} is not the object that the ledger names: prepare the scans again")
    try:
        return dcmread(io.BytesIO(content), stop_before_pixels=True)
    except InvalidDicomError as error:
        raise BadInput(f"{place} is no DICOM object") from error


def _concept(label: str, mapped: Mapping[str, Code]) -> CodedConcept:
    code = mapped.get(label) or code_of(label)
    _require_fits(code, f"the label {label!r}")
    return _coded(code.value, code.meaning, code.scheme)


def _coded(value: str, meaning: str, scheme: str = SCHEME) -> CodedConcept:
    from highdicom.sr import CodedConcept

    return CodedConcept(value, scheme, meaning)


def _require_fits(code: Code, where: str) -> None:
    """Raise BadInput for what cannot be a coded entry (PS3.3 8.1, PS3.5 6.2: SH of 16 and LO of 64 characters)."""
    for text, most in ((code.value, _LONGEST_CODE), (code.scheme, _LONGEST_CODE), (code.meaning, _LONGEST_MEANING)):
        if not text.strip() or len(text) > most or "\\" in text or not text.isprintable():
            raise BadInput(
                f"{where}: {text!r} is no code of DICOM, which has 1 to {most} characters, no backslash: give --codes"
            )


def _groups(
    kind: str, found: Found, source: Dataset, concepts: Mapping[int, CodedConcept], attribute: str
) -> Iterator[Any]:
    """The measurement groups of one image."""
    from highdicom import sr

    entry, image = found.entry, found.image
    frames = [entry.frame + 1] if entry.frames > 1 else None
    if kind == IMAGE and not image.boxes:
        yield sr.MeasurementsAndQualitativeEvaluations(
            tracking_identifier=_tracking(found, 0, attribute),
            finding_type=_coded(*_NO_BOX),
            source_images=[sr.SourceImageForMeasurementGroup(source.SOPClassUID, source.SOPInstanceUID, frames)],
        )
    for number, (box, confidence) in enumerate(zip(image.boxes, image.confidences, strict=True), start=1):
        region = _in_image(box, source, frames) if kind == IMAGE else _in_patient(box, entry)
        if region is None:
            continue
        measured = [] if confidence is None else [_confidence(confidence)]
        yield sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=_tracking(found, number, attribute),
            referenced_region=region,
            finding_type=concepts[box.class_id],
            measurements=measured,
        )


def _in_image(box: Box, source: Dataset, frames: list[int] | None) -> Any:
    from highdicom import sr

    referenced = sr.SourceImageForRegion(source.SOPClassUID, source.SOPInstanceUID, frames)
    return sr.ImageRegion(sr.GraphicTypeValues.POLYLINE, _corners(box), referenced)


def _in_patient(box: Box, entry: Entry) -> Any:
    """The box in the patient; None where the ledger does not say how the image lies, and for a box without area."""
    from highdicom import sr
    from highdicom.spatial import ImageToReferenceTransformer

    where = entry.geometry
    if not (where.frame_of_reference and where.position and where.orientation and where.spacing):
        return None
    if not box.width or not box.height:
        return None
    placed = ImageToReferenceTransformer(where.position, where.orientation, where.spacing)
    return sr.ImageRegion3D(sr.GraphicTypeValues3D.POLYGON, placed(_corners(box)), where.frame_of_reference)


def _corners(box: Box) -> np.ndarray:
    """Column and row of the corners, the first one again at the end."""
    import numpy as np

    left, top, right, bottom = box.left, box.top, box.left + box.width, box.top + box.height
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], dtype=np.float64)


def _confidence(value: float) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes as known

    return sr.Measurement(name=_coded(*_CONFIDENCE), value=value, unit=known.UCUM.NoUnits)


def _tracking(found: Found, number: int, attribute: str) -> Any:
    """The same for a box in both reports: by image, attribute and the box's place in the manifest."""
    from highdicom.sr import TrackingIdentifier

    name = found.entry.image.partition(".")[0]
    identity = f"{name} {attribute} {number} {found.image.boxes[number - 1] if number else ''}"
    return TrackingIdentifier(uid=_uid("tracking", identity), identifier=f"{name}-{number}")


def _report(
    kind: str, images: Sequence[Found], evidence: Sequence[Dataset], groups: Sequence[Any], attribute: str
) -> Dataset:
    from highdicom import sr
    from pydicom.sr.codedict import codes as known

    observer = sr.ObserverContext(
        known.DCM.Device,
        sr.DeviceObserverIdentifyingAttributes(_uid("observer"), name=OBSERVER, manufacturer_name=MANUFACTURER),
    )
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=observer),
        procedure_reported=known.SCT.ImagingProcedure,
        imaging_measurements=groups,
        title=known.DCM.ImagingMeasurementReport,
    )
    made = _content_of(images)
    uid = _uid("report", kind, attribute, made)
    document_class = sr.ComprehensiveSR if kind == IMAGE else sr.Comprehensive3DSR
    document: Dataset = document_class(
        evidence=evidence,
        content=content[0],
        series_instance_uid=_uid("series", kind, attribute, made),
        series_number=9000 if kind == IMAGE else 9001,
        sop_instance_uid=uid,
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
    )
    _finish(document, images)
    return document


def _finish(document: Dataset, images: Sequence[Found]) -> None:
    """What highdicom leaves open, or takes from the clock: the same labels are to give the same report."""
    from pydicom import Dataset

    when = _when(images)
    document.ContentDate = document.InstanceCreationDate = document.SeriesDate = when.strftime("%Y%m%d")
    document.ContentTime = document.InstanceCreationTime = document.SeriesTime = when.strftime("%H%M%S")
    for equipment in document.ContributingEquipmentSequence:
        equipment.ContributionDateTime = when.strftime("%Y%m%d%H%M%S")
    document.SeriesDescription = "Labels of a Ground Truth job"
    document.ManufacturerModelName = "gtctl"
    document.DeviceSerialNumber = "0"
    document.SoftwareVersions = __version__
    document.PatientIdentityRemoved = "YES"
    document.DeidentificationMethod = "The images were de-identified by gtctl scans prepare"
    scheme = Dataset()
    scheme.CodingSchemeDesignator = SCHEME
    scheme.CodingSchemeName = "gtctl: labels of Ground Truth jobs, named by their hash"
    document.CodingSchemeIdentificationSequence = [scheme]


def _when(images: Sequence[Found]) -> datetime:
    """When the last of the labels was made, as the manifest says; else the beginning of Unix time, which nobody
    takes for a date."""
    latest = max((each.image.created or "" for each in images), default="")
    try:
        return datetime.fromisoformat(latest)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _content_of(images: Sequence[Found]) -> str:
    digest = hashlib.sha256()
    for found in images:
        image = found.image
        digest.update(
            msgspec.json.encode(
                [found.entry.image, image.boxes, image.confidences, image.created, found.entry.instance, __version__]
            )
        )
    return digest.hexdigest()


def _uid(*identity: str) -> str:
    """A UID of 128 bits of a hash (PS3.5 B.2)."""
    digest = hashlib.sha256("\n".join(("gtctl sr 1", *identity)).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"
