"""A place is where a file lies: a local path, or ``s3://bucket/key``. Read and written alike."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from gtctl import aws
from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.files import atomic_write

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
        spooled.seek(0)
        s3: S3Client = aws.client("s3")
        s3.put_object(
            Bucket=target.bucket,
            Key=target.key,
            Body=spooled,
            ContentType=JSON_LINES,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=kms_key_arn or "",
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
