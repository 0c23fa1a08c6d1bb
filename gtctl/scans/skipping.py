"""Why a file gives no image. The reasons are stable words: they stand in summaries that scripts read."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A reason says what kind of trouble it is and nothing of what stands in the file."""

    NOT_A_FILE = "not-a-file"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    OUTSIDE = "path-outside-source"
    ENCRYPTED = "encrypted-in-archive"
    ARCHIVE = "archive-in-source"
    BOMB = "decompression-bomb"
    NOT_DICOM = "not-dicom"
    NO_PIXELS = "no-pixel-data"
    BROKEN = "broken-or-truncated"
    TOO_LARGE = "too-large"
    UNSUPPORTED = "unsupported-pixel-format"
    NOT_HOUNSFIELD = "preset-needs-ct"
    BURNED_IN = "burned-in-text"
    MAY_BE_BURNED_IN = "may-have-burned-in-text"
    TEXT_FOUND = "text-found-in-pixels"
    FACE = "recognisable-face"
    MAY_BE_FACE = "body-part-unknown"
    CANNOT_CROP = "face-cannot-be-cropped"
    DUPLICATE_INSTANCE = "duplicate-sop-instance"
    CRASHED = "decoder-crashed"
    TOO_SLOW = "time-limit"

    @property
    def explanation(self) -> str:
        """The reason in a sentence for people."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    Reason.NOT_A_FILE: "not a regular file (links to folders are not followed)",
    Reason.UNREADABLE: "a file, folder or object that could not be read",
    Reason.MISSING: "named by the DICOMDIR or a listing, but not there",
    Reason.OUTSIDE: "its path leads out of the source",
    Reason.ENCRYPTED: "encrypted in the archive: unpack it with its password first",
    Reason.ARCHIVE: "an archive within the source: unpack it, or name it as SRC",
    Reason.BOMB: "unpacks to far more than it holds",
    Reason.NOT_DICOM: "not a DICOM file",
    Reason.NO_PIXELS: "a DICOM object without an image",
    Reason.BROKEN: "broken or truncated",
    Reason.TOO_LARGE: "larger than a labeling job takes",
    Reason.UNSUPPORTED: "pixels of a kind that cannot be shown (their bits, colours or compression)",
    Reason.NOT_HOUNSFIELD: "not in Hounsfield units, which a window preset is for; use --window file or CENTER/WIDTH",
    Reason.BURNED_IN: "says that text is burned into its pixels: mask or accept it with a pixel policy",
    Reason.MAY_BE_BURNED_IN: "of a kind that mostly has text in its pixels: mask or accept it with a pixel policy",
    Reason.TEXT_FOUND: "text was found in its pixels",
    Reason.FACE: "a head or a photograph, recognisable by the face: crop or accept it with --faces",
    Reason.MAY_BE_FACE: "may show a face, as it names no part of the body: crop or accept it with --faces",
    Reason.CANNOT_CROP: "a face that cannot be cropped (seen from the front, or without an orientation)",
    Reason.DUPLICATE_INSTANCE: "has the SOP Instance UID of an earlier file, but other content",
    Reason.CRASHED: "the process that decoded it died, twice",
    Reason.TOO_SLOW: "took longer than --time-limit",
}


class Unusable(Exception):
    """This one file gives no image; the run goes on."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
