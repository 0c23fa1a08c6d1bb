"""S3 as scans use it: one client for a process, and one way to put, which proves the key."""

from __future__ import annotations

import base64
import hashlib
import os
from functools import lru_cache
from typing import IO, TYPE_CHECKING

from gtctl import aws
from gtctl.errors import EnvironmentFailed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

AT_A_TIME = 16
"""How many requests are under way at once: S3 answers late, but many at a time."""

_HASH_METADATA = "sha256"


def client() -> S3Client:
    """The client for the AWS settings of the environment. Making one takes a quarter of a second."""
    return _client(tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_"))))


def put(place: aws.S3Location, content: bytes | IO[bytes], content_type: str, kms_key_arn: str) -> None:
    """Put an object encrypted with the key; one that S3 encrypts with another is deleted again.

    ``kms_key_arn`` is a key's ARN, not an alias: S3 answers with the key's ARN. Raises EnvironmentFailed where that
    is another, and botocore's errors where S3 refuses.
    """
    checked = {}
    if isinstance(content, bytes):
        sha256 = hashlib.sha256(content)
        # S3's own checksum can only be read back with kms:Decrypt; metadata needs no more than HeadObject.
        checked = {
            "ChecksumSHA256": base64.b64encode(sha256.digest()).decode(),
            "Metadata": {_HASH_METADATA: sha256.hexdigest()},
        }
    answer = client().put_object(
        Bucket=place.bucket,
        Key=place.key,
        Body=content,
        ContentType=content_type,
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=kms_key_arn,
        **checked,  # type: ignore[arg-type]
    )
    if answer.get("ServerSideEncryption") != "aws:kms" or answer.get("SSEKMSKeyId") != kms_key_arn:
        client().delete_object(Bucket=place.bucket, Key=place.key)
        raise EnvironmentFailed(
            f"S3 did not encrypt {place} with the key asked for, so it was deleted again: check the bucket"
        )


def holds(place: aws.S3Location, sha256: str, kms_key_arn: str) -> bool:
    """Whether ``put`` has put this content there, with this key. Raises botocore's errors."""
    from botocore.exceptions import ClientError

    try:
        head = client().head_object(Bucket=place.bucket, Key=place.key)
    except ClientError as error:
        # Without s3:ListBucket, S3 answers 403 for an object that is not there; the put then tells.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
            return False
        raise
    return head["Metadata"].get(_HASH_METADATA) == sha256 and head.get("SSEKMSKeyId") == kms_key_arn


@lru_cache(maxsize=4)
def _client(_settings: tuple[tuple[str, str], ...]) -> S3Client:
    made: S3Client = aws.client("s3", max_pool_connections=AT_A_TIME)
    return made
