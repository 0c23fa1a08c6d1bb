"""What a run did: every file is accounted for, and none by its name, which is often a patient's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gtctl.scans.skipping import Reason

SCHEMA_VERSION = 2
QUARANTINE_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A file that gave no image: its position in the run (from 1), its SHA-256 if it could be read, and why.

    ``where`` is for ``gtctl --debug``.
    """

    position: int
    source_sha256: str | None
    reason: Reason
    where: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        source = f" (sha256 {self.source_sha256[:12]})" if self.source_sha256 else ""
        return f"file {self.position}{source}: {self.reason.explanation}"


@dataclass(slots=True)
class Summary:
    """Files are ``prepared`` (made into images in this run), ``already_there`` (in an earlier one), ``duplicates``
    (with the same bytes as an earlier file of this run), or quarantined; these add up to ``files``.

    ``images_prepared``, ``images_already_there`` and ``objects_prepared`` (DICOM) count what was written.
    ``bytes_in`` were read, ``bytes_out`` written. ``other_pseudonyms`` counts images that are there already under
    pseudonyms that cannot be compared with this run's.
    """

    dry_run: bool = False
    files: int = 0
    prepared: int = 0
    already_there: int = 0
    duplicates: int = 0
    quarantined: list[Quarantined] = field(default_factory=list)
    images_prepared: int = 0
    images_already_there: int = 0
    objects_prepared: int = 0
    other_pseudonyms: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    seconds: float = field(default=0.0, compare=False)

    @property
    def images(self) -> int:
        """Images that are there now."""
        return self.images_prepared + self.images_already_there

    @property
    def images_per_second(self) -> float:
        """Images that were made, by the time the whole run took."""
        return self.images_prepared / self.seconds if self.seconds else 0.0

    @property
    def quarantined_by_reason(self) -> dict[Reason, int]:
        """How many files were quarantined for each reason, most frequent first."""
        return dict(Counter(each.reason for each in self.quarantined).most_common())

    def as_json(self) -> dict[str, Any]:
        """The summary as ``--json`` prints it."""
        return {
            "schema_version": SCHEMA_VERSION,
            "dry_run": self.dry_run,
            "files": self.files,
            "files_prepared": self.prepared,
            "files_already_there": self.already_there,
            "files_duplicate": self.duplicates,
            "files_quarantined": len(self.quarantined),
            "quarantined_by_reason": {reason.value: count for reason, count in self.quarantined_by_reason.items()},
            "quarantined_files": [_as_json(each) for each in self.quarantined],
            "images_prepared": self.images_prepared,
            "images_already_there": self.images_already_there,
            "images_with_other_pseudonyms": self.other_pseudonyms,
            "dicom_objects_prepared": self.objects_prepared,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "seconds": round(self.seconds, 3),
            "images_per_second": round(self.images_per_second, 1),
        }

    def quarantine_lines(self) -> bytes:
        """The machine-readable list of what was quarantined: JSON Lines."""
        head = {"schema_version": QUARANTINE_SCHEMA_VERSION}
        return b"".join(msgspec.json.encode(head | _as_json(each)) + b"\n" for each in self.quarantined)


def _as_json(each: Quarantined) -> dict[str, Any]:
    return {"position": each.position, "source_sha256": each.source_sha256, "reason": each.reason.value}
