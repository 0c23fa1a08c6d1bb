"""A folder of DICOM files to PNG images and their ledger. A run that was cut off goes on where it was."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gtctl import __version__
from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.files import atomic_write
from gtctl.ground_truth import MAX_IMAGE_BYTES
from gtctl.scans import dicom, ledger, png, render
from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.windows import FROM_FILE, Choice, choose


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that gave no image: its position in the run (from 1), its SHA-256 if it could be read, and why.

    Its name is not here: file names of scans are often patients' names.
    """

    position: int
    source_sha256: str | None
    reason: Reason

    def __str__(self) -> str:
        source = f" (sha256 {self.source_sha256[:12]})" if self.source_sha256 else ""
        return f"file {self.position}{source}: {self.reason.explanation}"


@dataclass(slots=True)
class Summary:
    """What a run did: files seen, images made, images that were there already, files skipped.

    A file that has the same bytes as an earlier one counts as there already.
    """

    files: int = 0
    prepared: int = 0
    already_there: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def skipped_by_reason(self) -> dict[Reason, int]:
        """How many files were skipped for each reason, most frequent first."""
        return dict(Counter(each.reason for each in self.skipped).most_common())


def prepare(
    source: Path,
    destination: Path,
    window: str = FROM_FILE,
    ledger_file: Path | None = None,
    on_file: Callable[[], None] = lambda: None,
) -> Summary:
    """Turn a DICOM file, or every file below a folder, into PNG images in ``destination``.

    ``window`` is what ``windows.choose`` takes; the ledger is ``destination/ledger.jsonl`` unless given;
    ``on_file`` is called after each file. A file that cannot be used is skipped and never stops the run; a file
    of which one frame fails leaves none. Raises BadInput for a missing source or a wrong window, and
    EnvironmentFailed where the destination cannot be written.
    """
    choice = choose(window)
    ledger_file = ledger_file or destination / ledger.FILE_NAME
    known = _known(ledger_file)
    summary = Summary()
    with dicom.quiet():
        for position, path in enumerate(source_files(source, destination), start=1):
            summary.files += 1
            sha256: str | None = None
            try:
                content = _content(path)
                sha256 = hashlib.sha256(content).hexdigest()
                if there := _images_there(known, destination, sha256, choice):
                    summary.already_there += there
                else:
                    made = _prepare_file(content, sha256, destination, choice)
                    _append(ledger_file, made)
                    known.update((entry.image, entry) for entry in made)
                    summary.prepared += len(made)
            except Unusable as error:
                summary.skipped.append(Skipped(position, sha256, error.reason))
            on_file()
    return summary


def source_files(source: Path, destination: Path) -> Iterator[Path]:
    """The files of a run in a stable order; ``destination`` and all below it are left out.

    Folders that cannot be read, and links to folders, which are not followed, are given too: to be counted, not
    passed over. Raises BadInput where ``source`` is neither a file nor a folder.
    """
    if source.is_file():
        yield source
        return
    if not source.is_dir():
        raise BadInput("SRC is neither a file nor a folder: name a DICOM file, or a folder that holds some")
    own = destination.resolve()
    unreadable: list[Path] = []
    for folder, folders, names in os.walk(source, onerror=lambda error: unreadable.append(Path(error.filename))):
        here = Path(folder)
        if here.resolve() == own:
            folders.clear()
            continue
        folders.sort()
        links = [name for name in folders if (here / name).is_symlink()]
        yield from (here / name for name in sorted([*names, *links]))
    yield from unreadable


def image_name(source_sha256: str, frame: int, choice: Choice) -> str:
    """The file name of an image: 128 bits of a hash over source, frame and window.

    It must be opaque, as workers see it in the address of the image, and it must be the same in every run, so
    that a run can be taken up. A hash of the whole source does both: nobody can go through all patient numbers
    to find the one behind a name, as the pixels (with their noise) are hashed too; and no key must be kept.
    Whoever has the source file can find its images, which is what the ledger is for.
    """
    identity = f"gtctl image 1\n{source_sha256}\n{frame}\n{choice.name}\n"
    return f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.png"


def _content(path: Path) -> bytes:
    try:
        if path.is_dir() and not path.is_symlink():
            raise Unusable(Reason.UNREADABLE)
        # Opening a pipe or a device could wait forever.
        if not path.is_file():
            raise Unusable(Reason.NOT_A_FILE)
        if path.stat().st_size > dicom.MAX_SOURCE_BYTES:
            raise Unusable(Reason.TOO_LARGE)
        return path.read_bytes()
    except OSError as error:
        raise Unusable(Reason.UNREADABLE) from error


def _known(ledger_file: Path) -> dict[str, ledger.Entry]:
    if not ledger_file.exists():
        return {}
    ledger.drop_torn_line(ledger_file)
    return ledger.by_image(ledger_file)


def _images_there(known: dict[str, ledger.Entry], destination: Path, sha256: str, choice: Choice) -> int:
    """How many images an earlier run made of this source; 0 unless all of them lie there unchanged."""
    first = known.get(image_name(sha256, 0, choice))
    if first is None:
        return 0
    for frame in range(first.frames):
        entry = known.get(image_name(sha256, frame, choice))
        if entry is None or _sha256(destination / entry.image) != entry.image_sha256:
            return 0
    return first.frames


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _prepare_file(content: bytes, sha256: str, destination: Path, choice: Choice) -> list[ledger.Entry]:
    """Write the images of one source and give their ledger lines. A frame that fails takes the others back."""
    dataset = dicom.read(content)
    made: list[ledger.Entry] = []
    try:
        for number, frame in enumerate(render.frames(dataset, choice)):
            encoded = png.encode(frame.pixels)
            if len(encoded) > MAX_IMAGE_BYTES:
                raise Unusable(Reason.TOO_LARGE)
            entry = ledger.Entry(
                image=image_name(sha256, number, choice),
                image_sha256=hashlib.sha256(encoded).hexdigest(),
                image_bytes=len(encoded),
                width=frame.pixels.shape[1],
                height=frame.pixels.shape[0],
                source_sha256=sha256,
                frame=number,
                frames=dicom.number_of_frames(dataset),
                modality=dicom.modality(dataset),
                window=_shown(frame),
                photometric_interpretation=dataset.PhotometricInterpretation,
                gtctl_version=__version__,
            )
            with atomic_write(destination / entry.image, "wb") as stream:
                stream.write(encoded)
            made.append(entry)
        if len(made) != dicom.number_of_frames(dataset):
            raise Unusable(Reason.BROKEN)
    except BaseException:
        for entry in made:
            (destination / entry.image).unlink(missing_ok=True)
        raise
    return made


def _shown(frame: render.Frame) -> ledger.ShownWindow:
    window = frame.window
    if window is None:
        return ledger.ShownWindow(None, None, None, frame.origin)
    return ledger.ShownWindow(window.center, window.width, window.function, frame.origin)


def _append(ledger_file: Path, made: list[ledger.Entry]) -> None:
    """Add the lines of one source in one write, after its images are in place."""
    try:
        ledger_file.parent.mkdir(parents=True, exist_ok=True)
        with ledger_file.open("ab", buffering=0) as stream:
            stream.write(ledger.lines(made))
    except OSError as error:
        raise EnvironmentFailed(f"cannot write {ledger_file}: {error.strerror or error}") from error
