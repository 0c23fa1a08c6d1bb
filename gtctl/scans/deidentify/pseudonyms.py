"""What stands in for a patient, a UID and a date: the same for the same original under the same secret, on any
machine and in any run, and of no use to anybody who lacks the secret."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset

SECRET_BYTES = 32

_PATIENT_ID, _ISSUER = 0x00100020, 0x00100021
# Lacking a patient's number, what is known to belong together keeps together.
_FALLBACKS = (0x0020000D, 0x0020000E, 0x00080018)

_SHORTEST_SHIFT, _SHIFTS = 30, 3650
_SECONDS_OF_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Pseudonyms under one secret of 32 bytes (HMAC-SHA256). Picklable; holds no state."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_BYTES:
            raise ValueError(f"the secret must be {SECRET_BYTES} bytes")

    @classmethod
    def fresh(cls) -> Pseudonyms:
        """Pseudonyms under a new secret."""
        return cls(secrets.token_bytes(SECRET_BYTES))

    def patient(self, dataset: Dataset) -> str:
        """The patient's pseudonym, 20 hexadecimal digits: from Patient ID with its issuer, else from the study.

        Objects that name neither patient, study, series nor themselves get one pseudonym together.
        """
        return self._digest(b"patient", *_identity(dataset)).hex()[:20]

    def uid(self, uid: str) -> str:
        """The UID that stands in for ``uid``: "2.25." and 128 bits (PS3.5 B.2), at most 44 characters."""
        return f"2.25.{int.from_bytes(self._digest(b'uid', _text(uid))[:16], 'big')}"

    def shift(self, dataset: Dataset) -> timedelta:
        """How far the patient's dates and times are moved: 30 to 3679 days into the past, less a part of a day.

        The part of a day, in whole seconds and never 0, hides the time of day.
        """
        digest = int.from_bytes(self._digest(b"shift", *_identity(dataset))[:16], "big")
        days = _SHORTEST_SHIFT + digest % _SHIFTS
        return timedelta(days=-days, seconds=1 + digest // _SHIFTS % (_SECONDS_OF_A_DAY - 1))

    def days(self, dataset: Dataset) -> int:
        """The days in ``shift``; negative, never 0."""
        return self.shift(dataset).days

    def _digest(self, purpose: bytes, *parts: bytes) -> bytes:
        # Lengths keep parts apart: patient "AB" of issuer "C" is not patient "A" of issuer "BC".
        message = b"".join(len(part).to_bytes(4, "big") + part for part in (b"gtctl 1", purpose, *parts))
        return hmac.digest(self.secret, message, "sha256")


def _identity(dataset: Dataset) -> tuple[bytes, ...]:
    if number := _value(dataset, _PATIENT_ID):
        return b"patient", number, _value(dataset, _ISSUER)
    for tag in _FALLBACKS:
        if uid := _value(dataset, tag):
            return f"{tag:08x}".encode(), uid
    return (b"nobody",)


def _value(dataset: Dataset, tag: int) -> bytes:
    """An attribute's value without padding; of one that pydicom cannot decode, the bytes as they stand."""
    if tag not in dataset:
        return b""
    try:
        return _text(str(dataset[tag].value or ""))
    except Exception:
        # A character set that nobody knows must not make one patient out of many.
        raw = getattr(dataset.get_item(tag), "value", None)
        return raw.strip(b"\0 ") if isinstance(raw, bytes) else b""


def _text(value: str) -> bytes:
    return value.strip("\0 ").encode("utf-8", "surrogateescape")
