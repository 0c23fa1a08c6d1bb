"""A place is where a file lies: a local path, or ``s3://bucket/key``. Read and written alike."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from gtctl import aws
from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.files import PARTIAL, atomic_write

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_KEY_ARN = re.compile(r"arn:aws[a-z\-]*:kms:[a-z0-9\-]+:[0-9]{12}:key/[A-Za-z0-9\-]+")
JSON_LINES = "application/jsonlines"


def is_s3(place: str) -> bool:
    """Whether a place is in S3."""
    return place.startswith("s3://")


@contextmanager
def open_input(place: str) -> Iterator[BinaryIO]:
    """The bytes of a place, to be read line by line.

    An S3 object is fetched to an unnamed temporary file first: that survives a broken connection, which a
    stream does not. Raises BadInput where nothing lies there, and botocore's errors where S3 refuses.
    """
    if not is_s3(place):
        path = Path(place)
        if not path.is_file():
            raise BadInput(f"there is no file {place}")
        try:
            stream: BinaryIO = path.open("rb")
        except OSError as error:
            raise EnvironmentFailed(f"cannot read {place}: {error.strerror or error}") from error
        with stream:
            yield stream
        return
    with tempfile.TemporaryFile() as fetched:
        _fetch(aws.parse_s3_uri(place), fetched)
        fetched.seek(0)
        yield fetched


@contextmanager
def open_output(place: str, kms_key_arn: str | None) -> Iterator[IO[bytes]]:
    """A stream whose bytes lie at the place when the block ends without an error; else nothing changes there.

    An S3 object is put with ``kms_key_arn``, without which this raises BadInput; so it does for a wrong key ARN,
    or one that a local file has no use for.
    """
    if not is_s3(place):
        if kms_key_arn:
            raise BadInput("a key encrypts objects in S3 only: leave out --kms-key-arn, or write to s3://")
        with atomic_write(Path(place), "wb") as stream:
            yield stream
        return
    target = aws.parse_s3_uri(place)
    if not target.key or target.key.endswith("/"):
        raise BadInput(f"{place} names no object: write it as s3://bucket/key")
    require_key_arn(kms_key_arn)
    with tempfile.TemporaryFile() as spooled:
        yield spooled
        _put(spooled, target, kms_key_arn or "")


@contextmanager
def open_folder(place: str, kms_key_arn: str | None) -> Iterator[Callable[[str], IO[bytes]]]:
    """A function from names to streams, whose files lie in a new folder when the block ends without an error.

    The folder is a path, or ``s3://bucket/prefix`` with a key, and must be empty or not there, which raises BadInput.
    A local one appears at once. In S3 one file comes after the other; if one is refused, those before are deleted.
    """
    if is_s3(place):
        require_key_arn(kms_key_arn)
        with _open_prefix(aws.parse_s3_uri(place), kms_key_arn or "") as opened:
            yield opened
        return
    if kms_key_arn:
        raise BadInput("a key encrypts objects in S3 only: leave out --kms-key-arn, or write to s3://")
    with _open_local_folder(Path(place)) as opened:
        yield opened


@contextmanager
def _open_local_folder(path: Path) -> Iterator[Callable[[str], IO[bytes]]]:
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise BadInput(f"{path} is there already: name a new folder")
    partial = path.absolute().parent / f".{path.name[:40]}.{os.urandom(4).hex()}{PARTIAL}"
    try:
        partial.mkdir(parents=True)
        with ExitStack() as streams:
            opened: list[IO[bytes]] = []

            def open_file(name: str) -> IO[bytes]:
                opened.append(streams.enter_context((partial / name).open("xb")))
                return opened[-1]

            yield open_file
            for stream in opened:
                stream.flush()
                os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        raise EnvironmentFailed(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _open_prefix(folder: aws.S3Location, kms_key_arn: str) -> Iterator[Callable[[str], IO[bytes]]]:
    s3: S3Client = aws.client("s3")
    prefix = f"{folder.key.rstrip('/')}/" if folder.key else ""
    if s3.list_objects_v2(Bucket=folder.bucket, Prefix=prefix, MaxKeys=1).get("Contents"):
        raise BadInput(f"there is something below {folder} already: name another prefix")
    with ExitStack() as streams:
        opened: dict[str, IO[bytes]] = {}

        def open_file(name: str) -> IO[bytes]:
            opened[name] = streams.enter_context(tempfile.TemporaryFile())
            return opened[name]

        yield open_file
        done: list[aws.S3Location] = []
        try:
            for name, stream in opened.items():
                done.append(folder.join(name))
                _put(stream, done[-1], kms_key_arn)
        except BaseException as error:
            try:
                for location in done:
                    s3.delete_object(Bucket=location.bucket, Key=location.key)
            except Exception:
                raise EnvironmentFailed(f"some files are left below {folder}, incomplete: delete them") from error
            raise


def _put(stream: IO[bytes], target: aws.S3Location, kms_key_arn: str) -> None:
    stream.seek(0)
    s3: S3Client = aws.client("s3")
    answer = s3.put_object(
        Bucket=target.bucket,
        Key=target.key,
        Body=stream,
        ContentType=JSON_LINES,
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=kms_key_arn,
    )
    if answer.get("SSEKMSKeyId") != kms_key_arn:
        s3.delete_object(Bucket=target.bucket, Key=target.key)
        raise EnvironmentFailed(
            f"S3 did not encrypt {target} with the key asked for, so it was deleted again: check the bucket"
        )


def require_key_arn(value: str | None) -> None:
    """Raise BadInput unless ``value`` is the ARN of a KMS key: an alias may be pointed to another key later."""
    if not value:
        raise BadInput("nothing is written to S3 without a key: give --kms-key-arn")
    if not _KEY_ARN.fullmatch(value):
        raise BadInput("--kms-key-arn is no key ARN: write it as arn:aws:kms:REGION:ACCOUNT:key/ID, not as an alias")


def _fetch(source: aws.S3Location, target: IO[bytes]) -> None:
    from botocore.exceptions import ClientError

    s3: S3Client = aws.client("s3")
    try:
        s3.download_fileobj(source.bucket, source.key, target)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            raise BadInput(f"there is no object {source}") from error
        raise
