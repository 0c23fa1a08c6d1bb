"""The key file: who stands behind the pseudonyms, sealed line by line, apart from the images.

Its first line is JSON: format, version, a random id, and the lock. Each further line is base64 of a nonce (12 bytes)
and AES-256-GCM of what it holds, bound to the first line: the second line holds the secret of the pseudonyms, the
others records, as zlib-compressed JSON Lines. A line is written whole, under a lock on the file; what a killed run
left of a last line is dropped. Lines may be lost without harm to the others.

Without the file, or the key that opens it, nobody can tell whose an image is. Nothing else depends on it.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import secrets
import stat
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import msgspec

from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.scans.deidentify import locks
from gtctl.scans.deidentify.pseudonyms import SECRET_BYTES, Pseudonyms

if TYPE_CHECKING:
    from pydicom import Dataset

_NONCE_BYTES = 12
_MOST_PLAIN_BYTES = 1 << 28
_SECRET, _RECORDS = b"secret", b"records"


class Record(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The originals behind one source file's pseudonyms. ``source`` is where the file lay."""

    source_sha256: str
    source: str | None = None
    patient: str
    patient_id: str | None = None
    patient_id_issuer: str | None = None
    study_uid: str | None = None
    series_uid: str | None = None
    sop_instance_uid: str | None = None


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal["gtctl-reidentification"]
    version: Literal[1]
    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    lock: locks.Lock


class _New(NamedTuple):
    file_id: str
    lock: locks.Lock
    key: bytes


_records = msgspec.json.Decoder(Record)


def record(dataset: Dataset, pseudonyms: Pseudonyms, source_sha256: str, source: str | None = None) -> Record:
    """The record of a dataset that was read from a file. Values that cannot be decoded are left out."""
    return Record(
        source_sha256=source_sha256,
        source=source,
        patient=pseudonyms.patient(dataset),
        patient_id=_text(dataset, "PatientID"),
        patient_id_issuer=_text(dataset, "IssuerOfPatientID"),
        study_uid=_text(dataset, "StudyInstanceUID"),
        series_uid=_text(dataset, "SeriesInstanceUID"),
        sop_instance_uid=_text(dataset, "SOPInstanceUID"),
    )


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key file that was opened with its key. Appending is safe from several processes at once."""

    path: Path
    pseudonyms: Pseudonyms
    _key: bytes = field(repr=False)
    _bound_to: bytes = field(repr=False)

    def append(self, records: Iterable[Record]) -> None:
        """Add records in one line, on disk when this returns. Raises EnvironmentFailed where that fails.

        Many at a time: each line costs a seek of the disk and 50 bytes.
        """
        plain = b"\n".join(msgspec.json.encode(each) for each in records)
        if not plain:
            return
        line = _sealed(zlib.compress(plain), self._key, self._bound_to + _RECORDS)
        with _open_locked(self.path, create=False) as handle:
            _drop_torn_line(handle)
            _append(handle, line, self.path)

    def records(self) -> Iterator[Record]:
        """Every record, in the order of writing. Raises BadInput with the line's number where one was changed."""
        with self.path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                # A line without its end is being written, or never was.
                if number <= 2 or not line.endswith(b"\n"):
                    continue
                try:
                    packed = _opened(line, self._key, self._bound_to + _RECORDS)
                    unpacker = zlib.decompressobj()
                    plain = unpacker.decompress(packed, _MOST_PLAIN_BYTES)
                    if not unpacker.eof:
                        raise ValueError("cut off")
                    yield from (_records.decode(each) for each in plain.split(b"\n"))
                except (ValueError, zlib.error, msgspec.DecodeError) as error:
                    raise BadInput(
                        f"{self.path}:{number}: this line was changed: remove it to read the others"
                    ) from error


def open_or_make(
    path: Path,
    *,
    destination: Path | None = None,
    kms_key_arn: str | None = None,
    passphrase: locks.AskPassphrase = locks.ask_passphrase,
) -> KeyFile:
    """The key file at ``path``; where none is, a new one, for its owner only, with a secret of its own.

    ``kms_key_arn`` locks a new file, else ``passphrase`` does. Raises BadInput for a file below ``destination`` (the
    folder of the images), for one that others may read, that another KMS key locks, or that does not open, and
    EnvironmentFailed where the disk refuses.
    """
    _refuse_beside_images(path, destination)

    def new() -> _New:
        file_id = secrets.token_hex(16)
        made = locks.kms_lock(kms_key_arn, file_id) if kms_key_arn else locks.passphrase_lock(passphrase(True))
        return _New(file_id, *made)

    # Before the file is there: a passphrase that will not do leaves nothing behind.
    prepared = None if path.exists() else new()
    with _open_locked(path, create=True) as handle:
        lines = _first_lines(handle, path)
        if len(lines) < 2:
            return _make(handle, path, prepared or new())
    header = _header(path, lines[0])
    if kms_key_arn and not (isinstance(header.lock, locks.KmsLock) and header.lock.key_arn == kms_key_arn):
        raise BadInput(f"{path} is locked by another key than {kms_key_arn}: name that one, or another file")
    return _unlocked(path, header, lines, passphrase)


def open_existing(path: Path, passphrase: locks.AskPassphrase = locks.ask_passphrase) -> KeyFile:
    """The key file at ``path``. Raises BadInput where there is none, or it does not open."""
    if not path.is_file():
        raise BadInput(f"there is no key file {path}")
    try:
        with path.open("rb") as stream:
            lines = [stream.readline(1 << 20) for _ in range(2)]
    except OSError as error:
        raise EnvironmentFailed(f"cannot read {path}: {error.strerror or error}") from error
    return _unlocked(path, _header(path, lines[0]), lines, passphrase)


def _make(handle: int, path: Path, new: _New) -> KeyFile:
    first = msgspec.json.encode(_Header("gtctl-reidentification", 1, new.file_id, new.lock)) + b"\n"
    pseudonyms, bound_to = Pseudonyms.fresh(), _bound_to(first)
    os.ftruncate(handle, 0)
    _append(handle, first + _sealed(pseudonyms.secret, new.key, bound_to + _SECRET), path)
    return KeyFile(path, pseudonyms, new.key, bound_to)


def _unlocked(path: Path, header: _Header, lines: list[bytes], passphrase: locks.AskPassphrase) -> KeyFile:
    key, bound_to = locks.unlock(header.lock, header.id, passphrase), _bound_to(lines[0])
    try:
        secret = _opened(lines[1], key, bound_to + _SECRET)
        if len(secret) != SECRET_BYTES:
            raise ValueError("not a secret")
    except ValueError as error:
        wrong = "the passphrase is wrong, or " if isinstance(header.lock, locks.PassphraseLock) else ""
        raise BadInput(f"{path} does not open: {wrong}its first lines were changed") from error
    return KeyFile(path, Pseudonyms(secret), key, bound_to)


def _header(path: Path, line: bytes) -> _Header:
    try:
        return msgspec.json.decode(line, type=_Header)
    except msgspec.DecodeError as error:
        raise BadInput(f"{path} is not a key file of gtctl: name the one that gtctl scans prepare wrote") from error


def _refuse_beside_images(path: Path, destination: Path | None) -> None:
    if destination is not None and path.resolve().is_relative_to(destination.resolve()):
        raise BadInput(f"the key file must not lie beside the images: name a place outside of {destination}")


@contextmanager
def _open_locked(path: Path, *, create: bool) -> Iterator[int]:
    """A handle that nobody else writes through. Raises BadInput where others may read the file."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0), 0o600)
    except OSError as error:
        raise EnvironmentFailed(f"cannot write {path}: {error.strerror or error}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode) or mode & 0o077:
            raise BadInput(f"others may read the key file: chmod 600 {path}")
        yield handle
    finally:
        os.close(handle)


def _first_lines(handle: int, path: Path) -> list[bytes]:
    """The first two lines, if they are whole. Raises BadInput for another kind of file."""
    start = os.pread(handle, 1 << 20, 0)
    lines = start.split(b"\n")
    if start and not start.startswith(b'{"format":"gtctl-reidentification"'[: len(start)]):
        raise BadInput(f"{path} is not a key file of gtctl: name another place")
    return [line + b"\n" for line in lines[:-1][:2]]


def _drop_torn_line(handle: int) -> None:
    """Cut off what a killed run left of a last line."""
    end = os.fstat(handle).st_size
    at = end
    while at:
        start = max(0, at - (1 << 16))
        newline = os.pread(handle, at - start, start).rfind(b"\n")
        if newline >= 0:
            at = start + newline + 1
            break
        at = start
    if at != end:
        os.ftruncate(handle, at)


def _append(handle: int, content: bytes, path: Path) -> None:
    """Write all, or nothing."""
    before = os.fstat(handle).st_size
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    except OSError as error:
        os.ftruncate(handle, before)
        raise EnvironmentFailed(f"cannot write {path}: {error.strerror or error}") from error


def _sealed(plain: bytes, key: bytes, bound_to: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, bound_to)) + b"\n"


def _opened(line: bytes, key: bytes, bound_to: bytes) -> bytes:
    """What a line holds. Raises ValueError where it was changed, or the key is another."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    sealed = base64.b64decode(line.strip(), validate=True)
    if len(sealed) < _NONCE_BYTES:
        raise ValueError("not a sealed line")
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except InvalidTag as error:
        raise ValueError("changed, or of another key") from error


def _bound_to(first_line: bytes) -> bytes:
    return hashlib.sha256(first_line).digest()


def _text(dataset: Dataset, keyword: str) -> str | None:
    try:
        return str(dataset.get(keyword) or "").strip("\0 ") or None
    except Exception:
        return None
