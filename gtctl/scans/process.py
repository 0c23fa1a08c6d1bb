"""One file in, its images, DICOM object and ledger lines out: what every worker does, here or on a cluster.

Nothing is written here, and what comes out depends on nothing but the file's content and the settings.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from msgspec.structs import astuple

from gtctl import __version__
from gtctl.errors import EnvironmentFailed
from gtctl.ground_truth import MAX_IMAGE_BYTES
from gtctl.scans.deidentify.key_file import Record, record
from gtctl.scans.deidentify.pseudonyms import Pseudonyms
from gtctl.scans.ledger import DicomObject, Entry, ShownWindow
from gtctl.scans.pixels.policy import PixelPolicy
from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.sources import MAX_SOURCE_BYTES, Item
from gtctl.scans.windows import FROM_FILE, Choice

if TYPE_CHECKING:
    from pydicom import Dataset

    from gtctl.scans import render
    from gtctl.scans.pixels.decision import Decision

DICOM_FOLDER = "dicom"

_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh", b"\xfd7zXZ\0")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user asked for, as far as it shows in what comes out. Picklable.

    with_dicom: make de-identified DICOM objects, too. with_identity: tell whose images they are, for a key file.
    """

    choice: Choice = field(default_factory=lambda: Choice(FROM_FILE))
    policy: PixelPolicy = field(default_factory=PixelPolicy)
    pseudonyms: Pseudonyms = field(default_factory=Pseudonyms.fresh)
    with_dicom: bool = False
    with_identity: bool = False

    @property
    def pseudonyms_id(self) -> str:
        """Names the secret of the pseudonyms without telling it."""
        return hashlib.sha256(b"gtctl pseudonyms\n" + self.pseudonyms.secret).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is told once. ``known`` are sources (SHA-256) whose images were made by an earlier run; ``name`` is
    unique.
    """

    settings: Settings
    known: frozenset[bytes] = frozenset()
    time_limit: float = 300.0
    name: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class Anew:
    """An item that is to be worked on although its source is known: its images are gone."""

    item: Item

    @property
    def read_ahead(self) -> bool:
        """As the item itself."""
        return self.item.read_ahead

    @property
    def place(self) -> str:
        """As the item itself."""
        return self.item.place

    def read(self) -> bytes:
        """As the item itself."""
        return self.item.read()


@dataclass(frozen=True, slots=True)
class Made:
    """An image, or a DICOM object, with the name of its file."""

    name: str
    content: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """SHA-256 of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file: a reason why nothing did; or ``is_known``; or images and their ledger entries.

    ``instance`` is the pseudonym of the SOP Instance UID; ``objects`` are the DICOM objects among ``files``;
    ``identity`` is for the key file alone.
    ``where`` is the kind of error behind a reason and the line that raised it, for ``gtctl --debug``.
    """

    source_sha256: str | None = None
    source_bytes: int = 0
    reason: Reason | None = None
    is_known: bool = False
    instance: str | None = None
    entries: tuple[Entry, ...] = ()
    files: tuple[Made, ...] = ()
    objects: int = 0
    identity: Record | None = field(default=None, repr=False)
    where: str | None = None

    @property
    def size(self) -> int:
        """Bytes that wait to be written."""
        return sum(len(each.content) for each in self.files)


def treat(item: Item, job: Job) -> Outcome:
    """Read an item and make of it what the job says.

    Raises what is not about this one file, and so ends the run: ImportError for a library that is not installed,
    EnvironmentFailed for a source that cannot be reached.
    """
    from gtctl.scans import dicom

    sha256, size = None, 0
    try:
        content = item.read()
        size = len(content)
        digest = hashlib.sha256(content)
        sha256 = digest.hexdigest()
        with dicom.quiet():
            if digest.digest() in job.known and not isinstance(item, Anew):
                return Outcome(sha256, size, is_known=True, instance=_instance(content, job.settings))
            return process(content, sha256, job.settings)
    except Unusable as error:
        return Outcome(sha256, size, error.reason, where=_where(error))
    except (ImportError, EnvironmentFailed):
        raise
    except MemoryError:
        return Outcome(sha256, size, Reason.TOO_LARGE)
    except Exception as error:
        # Whatever a hostile file makes a parser raise, it is this file's trouble only.
        return Outcome(sha256, size, Reason.BROKEN, where=_where(error))


def process(content: bytes, sha256: str, settings: Settings) -> Outcome:
    """The outcome for a file's content, of which ``sha256`` is the hash. Raises Unusable, or what a decoder raises."""
    from gtctl.scans import dicom, png, render
    from gtctl.scans.geometry import geometry
    from gtctl.scans.pixels.decision import decide

    if content.startswith(_ARCHIVES):
        raise Unusable(Reason.ARCHIVE)
    dataset = dicom.read(content)
    decision = decide(dataset, settings.policy)
    if decision.refused:
        raise Unusable(decision.refused)

    files = [_dicom_object(dataset, sha256, decision, settings)] if settings.with_dicom else []
    objects = len(files)
    common = _common(dataset, settings) | {
        "source_sha256": sha256,
        "source_bytes": len(content),
        "frames": dicom.number_of_frames(dataset),
        "dicom": DicomObject(files[0].name.rpartition("/")[2], files[0].sha256, len(files[0].content))
        if files
        else None,
    }
    entries: list[Entry] = []
    for number, frame in enumerate(render.frames(dataset, settings.choice, decision)):
        image = Made(image_name(sha256, number, settings), png.encode(frame.pixels))
        files.append(image)
        if len(image.content) > MAX_IMAGE_BYTES or sum(len(each.content) for each in files) > MAX_SOURCE_BYTES:
            raise Unusable(Reason.TOO_LARGE)
        entry = Entry(
            image=image.name,
            image_sha256=image.sha256,
            image_bytes=len(image.content),
            width=frame.pixels.shape[1],
            height=frame.pixels.shape[0],
            frame=number,
            window=_shown(frame),
            geometry=geometry(dataset, number, settings.pseudonyms),
            pixels=decision.record() | {"blacked_out": [astuple(region) for region in frame.blacked_out]},
            **common,
        )
        entries.append(entry)
    if len(entries) != common["frames"]:
        raise Unusable(Reason.BROKEN)
    return Outcome(
        source_sha256=sha256,
        source_bytes=len(content),
        instance=common["instance"],
        entries=tuple(entries),
        files=tuple(files),
        objects=objects,
        identity=record(dataset, settings.pseudonyms, sha256) if settings.with_identity else None,
    )


def import_all() -> None:
    """Import now what the first file would import, so that no time limit counts it. Raises ImportError."""
    for module in ("anonymous_object", "pixels"):
        import_module(f"gtctl.scans.deidentify.{module}")
    for module in ("dicom", "geometry", "png", "render", "pixels.decision"):
        import_module(f"gtctl.scans.{module}")
    for module in ("numpy", "isal.isal_zlib", "pydicom.pixels.utils", "pydicom.pixels.decoders", "PIL.Image"):
        import_module(module)


def image_name(source_sha256: str, frame: int, settings: Settings) -> str:
    """The file name of an image: 128 bits of a hash over source, frame, window and pixel policy.

    It must be opaque, as workers see it in the address of the image, and it must be the same in every run, so
    that a run can be taken up. A hash of the whole source does both: nobody can go through all patient numbers
    to find the one behind a name, as the pixels (with their noise) are hashed too; and no key must be kept.
    Whoever has the source file can find its images, which is what the ledger is for.
    """
    identity = f"gtctl image 2\n{source_sha256}\n{frame}\n{settings.choice.name}\n{settings.policy.hash}\n"
    return f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.png"


def object_name(source_sha256: str, settings: Settings) -> str:
    """The file name of a DICOM object, made like that of an image."""
    identity = f"gtctl object 1\n{source_sha256}\n{settings.policy.hash}\n"
    return f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.dcm"


def _dicom_object(dataset: Dataset, sha256: str, decision: Decision, settings: Settings) -> Made:
    from gtctl.scans import deidentify, render

    made = deidentify.deidentified(
        dataset,
        settings.pseudonyms,
        cleaned_pixels=bool(decision.regions),
        face=decision.face,
        frames=(pixels for pixels, _regions in render.stored_frames(dataset, decision)),
    )
    return Made(f"{DICOM_FOLDER}/{object_name(sha256, settings)}", deidentify.encoded(made))


def _common(dataset: Dataset, settings: Settings) -> dict[str, Any]:
    """What the ledger says alike of all images of an object."""
    from gtctl.scans import dicom

    pseudonyms = settings.pseudonyms
    uids = {
        "study": dataset.get("StudyInstanceUID"),
        "series": dataset.get("SeriesInstanceUID"),
        "instance": dataset.get("SOPInstanceUID"),
    }
    return {
        "pseudonyms": settings.pseudonyms_id,
        "patient": pseudonyms.patient(dataset),
        **{name: pseudonyms.uid(str(uid)) if uid else None for name, uid in uids.items()},
        "modality": dicom.modality(dataset),
        "photometric_interpretation": str(dataset.PhotometricInterpretation),
        "gtctl_version": __version__,
    }


def _where(error: BaseException) -> str | None:
    """The kind of the first error in a chain and the line of code: its text would quote the file."""
    while error.__cause__:
        error = error.__cause__
    found = extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {Path(found[-1].filename).name}:{found[-1].lineno}" if found else None


def _shown(frame: render.Frame) -> ShownWindow:
    window = frame.window
    if window is None:
        return ShownWindow(None, None, None, frame.origin)
    return ShownWindow(window.center, window.width, window.function, frame.origin)


def _instance(content: bytes, settings: Settings) -> str | None:
    """The pseudonym of the SOP Instance UID of a file that gave images before."""
    from io import BytesIO

    from pydicom import dcmread

    uid = dcmread(BytesIO(content), specific_tags=["SOPInstanceUID"], stop_before_pixels=True).get("SOPInstanceUID")
    return settings.pseudonyms.uid(str(uid)) if uid else None
