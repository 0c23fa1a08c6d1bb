"""What earlier runs left in a ledger, as far as a run must know it. Takes about a kilobyte for each image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gtctl.scans.ledger import Entry
from gtctl.scans.process import DICOM_FOLDER, Settings, image_name


@dataclass(slots=True)
class _Source:
    frames: int
    pseudonyms: str
    files: dict[str, str] = field(default_factory=dict)
    made: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Known:
    """``instances`` are pseudonyms of SOP instances with the source (SHA-256) that holds each."""

    _sources: dict[bytes, _Source] = field(default_factory=dict)
    instances: dict[str, bytes] = field(default_factory=dict)

    @property
    def sources(self) -> frozenset[bytes]:
        """The sources (SHA-256) of which every frame has its image."""
        return frozenset(digest for digest, source in self._sources.items() if len(source.made) == source.frames)

    def files(self, source: bytes) -> dict[str, str]:
        """Name -> SHA-256 of every file that was made of a source."""
        return self._sources[source].files

    def images(self, source: bytes) -> int:
        """How many images were made of a source."""
        return self._sources[source].frames

    def pseudonyms(self, source: bytes) -> str:
        """Names the secret that the source's pseudonyms were made with."""
        return self._sources[source].pseudonyms


def known(entries: Iterable[Entry], settings: Settings) -> Known:
    """What is of use in a run with these settings: images of other windows or policies are not.

    Nor, with a key file, is what has pseudonyms that are not in it.
    """
    found = Known()
    for entry in entries:
        if settings.with_identity and entry.pseudonyms != settings.pseudonyms_id:
            continue
        digest = bytes.fromhex(entry.source_sha256)
        if entry.instance and entry.pseudonyms == settings.pseudonyms_id:
            found.instances[entry.instance] = digest
        if entry.image != image_name(entry.source_sha256, entry.frame, settings):
            continue
        if settings.with_dicom and not entry.dicom:
            continue
        source = found._sources.get(digest)
        if source is None or source.pseudonyms != entry.pseudonyms:
            source = found._sources[digest] = _Source(entry.frames, entry.pseudonyms)
        source.made.add(entry.frame)
        source.files[entry.image] = entry.image_sha256
        if settings.with_dicom and entry.dicom:
            source.files[f"{DICOM_FOLDER}/{entry.dicom.file}"] = entry.dicom.sha256
    return found
