"""Where images go: a folder, or ``s3://bucket/prefix``. Every file appears whole or not at all, and once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from pathlib import Path
from typing import Protocol

from gtctl import aws
from gtctl.errors import EnvironmentFailed
from gtctl.files import PARTIAL, atomic_write
from gtctl.manifests.places import require_key_arn
from gtctl.scans import s3
from gtctl.scans.process import DICOM_FOLDER

_TYPES = {".png": "image/png", ".dcm": "application/dicom"}
_OWN_PARTIAL = re.compile(rf"\.([0-9a-f]{{32}}\.(png|dcm)|\w+\.jsonl)\.[0-9a-f]+{re.escape(PARTIAL)}")


class Target(Protocol):
    """Takes files by name; threads may call it at once."""

    def holds(self, name: str, sha256: str) -> bool:
        """Whether a file of this name and content is there, in S3 encrypted with the right key."""

    def put(self, name: str, content: bytes) -> bool:
        """Write a file; False if it was there already. Raises EnvironmentFailed or botocore's errors."""

    def begin(self) -> None:
        """Remove what a killed run left half-written. Raises EnvironmentFailed where another run is at work."""

    def end(self) -> None:
        """Let others begin."""


def open_target(place: str, kms_key_arn: str | None) -> Target:
    """The target at a path or at ``s3://bucket/prefix``. Raises BadInput for S3 without a key, and a key without S3."""
    if not place.startswith("s3://"):
        return Folder(Path(place))
    require_key_arn(kms_key_arn)
    return Bucket(aws.parse_s3_uri(place), kms_key_arn or "")


class Folder:
    """Images in a folder, DICOM objects in the folder ``dicom`` below it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def holds(self, name: str, sha256: str) -> bool:
        """Whether the file is there, unchanged."""
        try:
            with (self.path / name).open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
        except (FileNotFoundError, IsADirectoryError):
            return False

    def put(self, name: str, content: bytes) -> bool:
        """Write aside, sync, rename."""
        with atomic_write(self.path / name, "wb") as stream:
            stream.write(content)
        return True

    def begin(self) -> None:
        """Lock the folder, where its file system can, and remove partial files of our own from it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path, os.O_RDONLY)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.end()
            raise EnvironmentFailed(f"another run is writing into {self.path}: wait for it to end") from error
        except OSError as error:
            if self._lock is None:
                raise EnvironmentFailed(f"cannot write {self.path}: {error.strerror or error}") from error
            # Some network file systems lock no folders. What another run is writing must not be swept away.
            return
        for folder in (self.path, self.path / DICOM_FOLDER):
            for path in folder.glob(f".*{PARTIAL}"):
                if _OWN_PARTIAL.fullmatch(path.name):
                    path.unlink(missing_ok=True)

    def end(self) -> None:
        """Unlock the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


class Bucket:
    """Objects below a prefix, encrypted with one key."""

    def __init__(self, location: aws.S3Location, kms_key_arn: str) -> None:
        self.location = location
        self.kms_key_arn = kms_key_arn

    def holds(self, name: str, sha256: str) -> bool:
        """Whether the object is there with this content and key."""
        return s3.holds(self.location.join(name), sha256, self.kms_key_arn)

    def put(self, name: str, content: bytes) -> bool:
        """Put, unless a killed run has, whose ledger does not say so."""
        if self.holds(name, hashlib.sha256(content).hexdigest()):
            return False
        s3.put(self.location.join(name), content, _TYPES[Path(name).suffix], self.kms_key_arn)
        return True

    def begin(self) -> None:
        """A put is whole or not there, and of two alike the second changes nothing."""

    def end(self) -> None:
        """Nothing was begun."""
