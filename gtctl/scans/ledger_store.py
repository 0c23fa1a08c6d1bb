"""Where a ledger is kept while a run goes on: a local file, or S3, where nothing can be appended to.

In S3 a run puts its new lines as parts beside the ledger, every few seconds, and joins them when it ends. What a
killed run has left is taken up from both.
"""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Protocol

from gtctl import aws
from gtctl.errors import EnvironmentFailed
from gtctl.manifests.places import JSON_LINES, is_s3, require_key_arn
from gtctl.scans import ledger, s3

SYNC_SECONDS = 1.0
PART_SECONDS = 15.0
PART_LINES = 500

_FIRST_FIELD = b'{"schema_version":'


class Store(Protocol):
    """A ledger that is read first, and then appended to. Only the thread that made it may call it."""

    def known(self) -> Iterator[ledger.Entry]:
        """Its entries, as an earlier run left them; a line that a killed run broke off is passed over."""

    def append(self, new: Sequence[ledger.Entry]) -> None:
        """Add entries, whose images are in place."""

    def close(self) -> None:
        """Make everything durable."""


def open_store(place: str, kms_key_arn: str | None, read_only: bool) -> Store:
    """The ledger at a path or at ``s3://bucket/key``; ``read_only`` changes nothing there, not even broken lines.

    Raises BadInput for S3 without a key, and EnvironmentFailed where another run holds the ledger.
    """
    if not is_s3(place):
        return LocalLedger(Path(place), read_only)
    require_key_arn(kms_key_arn)
    return BucketLedger(aws.parse_s3_uri(place), kms_key_arn or "", read_only)


class LocalLedger:
    """A file that one run at a time appends to."""

    def __init__(self, path: Path, read_only: bool) -> None:
        self._path = path
        self._stream: IO[bytes] | None = None
        self._synced = time.monotonic()
        if read_only:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = path.open("ab", buffering=0)
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EnvironmentFailed(f"another run is writing {path}: wait for it to end") from error
        except OSError as error:
            raise _cannot_write(path, error) from error
        self._drop_torn_line()

    def known(self) -> Iterator[ledger.Entry]:
        if self._path.is_file():
            with self._path.open("rb") as stream:
                yield from ledger.read(_whole_lines(stream), str(self._path))

    def append(self, new: Sequence[ledger.Entry]) -> None:
        if not new or self._stream is None:
            return
        try:
            _write_all(self._stream, ledger.lines(new))
            if time.monotonic() - self._synced > SYNC_SECONDS:
                self._sync()
        except OSError as error:
            raise _cannot_write(self._path, error) from error

    def close(self) -> None:
        if self._stream is None:
            return
        try:
            self._sync()
            if not self._path.stat().st_size:
                self._path.unlink()
        except OSError as error:
            raise _cannot_write(self._path, error) from error
        finally:
            self._stream.close()

    def _sync(self) -> None:
        if self._stream is not None:
            os.fsync(self._stream.fileno())
        self._synced = time.monotonic()

    def _drop_torn_line(self) -> None:
        """Cut off what a killed run left of a last line."""
        with self._path.open("rb+") as stream:
            size = end = stream.seek(0, io.SEEK_END)
            while end:
                start = max(0, end - (1 << 16))
                stream.seek(start)
                newline = stream.read(end - start).rfind(b"\n")
                if newline >= 0:
                    end = start + newline + 1
                    break
                end = start
            stream.seek(end)
            torn = stream.read(len(_FIRST_FIELD))
            # Whatever else ends without a line break is somebody's file, and no ledger: reading it will tell.
            if end != size and _FIRST_FIELD.startswith(torn):
                stream.truncate(end)


class BucketLedger:
    """An object, and beside it the parts of a run that has not ended. One run at a time may write them."""

    def __init__(self, location: aws.S3Location, kms_key_arn: str, read_only: bool) -> None:
        self._location = location
        self._kms_key_arn = kms_key_arn
        self._read_only = read_only
        self._s3 = s3.client()
        self._waiting: list[ledger.Entry] = []
        self._put_at = time.monotonic()
        self._parts = self._list_parts()

    def known(self) -> Iterator[ledger.Entry]:
        with tempfile.TemporaryFile() as joined:
            self._join(joined)
            joined.seek(0)
            yield from ledger.read(joined, str(self._location))

    def append(self, new: Sequence[ledger.Entry]) -> None:
        self._waiting += new
        if len(self._waiting) >= PART_LINES or time.monotonic() - self._put_at > PART_SECONDS:
            self._put_part()

    def close(self) -> None:
        """Put the last part; join all parts to the ledger; then delete them."""
        self._put_part()
        if self._read_only or not self._parts:
            return
        with tempfile.TemporaryFile() as joined:
            self._join(joined)
            joined.seek(0)
            s3.put(self._location, joined, JSON_LINES, self._kms_key_arn)
        for key in self._parts:
            self._s3.delete_object(Bucket=self._location.bucket, Key=key)
        self._parts = []

    def _put_part(self) -> None:
        self._put_at = time.monotonic()
        if not self._waiting:
            return
        last = int(self._parts[-1].rpartition("/")[2].partition(".")[0]) if self._parts else 0
        key = f"{self._location.key}.parts/{last + 1:08d}.jsonl"
        place = aws.S3Location(self._location.bucket, key)
        s3.put(place, ledger.lines(self._waiting), JSON_LINES, self._kms_key_arn)
        self._parts.append(key)
        self._waiting = []

    def _join(self, target: IO[bytes]) -> None:
        from botocore.exceptions import ClientError

        for key in (self._location.key, *self._parts):
            # A transfer that breaks off is taken up by boto3, for which it needs a file of its own.
            with tempfile.TemporaryFile() as fetched:
                try:
                    self._s3.download_fileobj(self._location.bucket, key, fetched)
                except ClientError as error:
                    if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404 or key != self._location.key:
                        raise
                    continue
                fetched.seek(0)
                shutil.copyfileobj(fetched, target)

    def _list_parts(self) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._location.bucket, Prefix=f"{self._location.key}.parts/"
        )
        return [listed["Key"] for page in pages for listed in page.get("Contents", [])]


def _whole_lines(stream: IO[bytes]) -> Iterator[bytes]:
    return (line for line in stream if line.endswith(b"\n"))


def _write_all(stream: IO[bytes], content: bytes) -> None:
    """An unbuffered write may take a part only, as when the disk fills up."""
    rest = memoryview(content)
    while rest:
        rest = rest[stream.write(rest) :]


def _cannot_write(path: Path, error: OSError) -> EnvironmentFailed:
    return EnvironmentFailed(f"cannot write {path}: {error.strerror or error}")
