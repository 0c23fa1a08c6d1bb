"""Images of a ledger to S3, each put asserting encryption with the given key. What is there already stays."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from gtctl import aws
from gtctl.errors import BadInput
from gtctl.manifests.places import require_key_arn
from gtctl.scans import ledger

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_AT_A_TIME = 16
_HASH_METADATA = "sha256"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """How many images were put, and how many were there already with the same content and key."""

    uploaded: int
    already_there: int


def upload(
    ledger_file: Path,
    images: Path,
    target: aws.S3Location,
    kms_key_arn: str,
    on_image: Callable[[], None] = lambda: None,
) -> Uploaded:
    """Put every image of ``ledger_file`` from the folder ``images`` below ``target``, encrypted with the key.

    ``kms_key_arn`` is a key's ARN, not an alias: S3 answers with the key's ARN, and that is compared.
    ``on_image`` is called after each image. Raises BadInput where an image is missing or differs from its
    ledger line, and botocore's errors where S3 refuses.
    """
    require_key_arn(kms_key_arn)
    entries = ledger.by_image(ledger_file).values()
    s3: S3Client = aws.client("s3", max_pool_connections=_AT_A_TIME)
    put = 0

    def one(entry: ledger.Entry) -> bool:
        return _upload_one(s3, entry, images / entry.image, target.join(entry.image), kms_key_arn)

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        # In groups, so that a failure stops the run soon.
        for group in _groups(entries, 8 * _AT_A_TIME):
            for was_put in pool.map(one, group):
                put += was_put
                on_image()
    return Uploaded(put, len(entries) - put)


def _upload_one(s3: S3Client, entry: ledger.Entry, path: Path, target: aws.S3Location, kms_key_arn: str) -> bool:
    content = path.read_bytes() if path.is_file() else b""
    sha256 = hashlib.sha256(content)
    if sha256.hexdigest() != entry.image_sha256:
        raise BadInput(f"{path} is not the image of the ledger: run gtctl scans prepare again")
    if _is_there(s3, target, entry.image_sha256, kms_key_arn):
        return False
    s3.put_object(
        Bucket=target.bucket,
        Key=target.key,
        Body=content,
        ContentType="image/png",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=kms_key_arn,
        ChecksumSHA256=base64.b64encode(sha256.digest()).decode(),
        # S3's own checksum can only be read back with kms:Decrypt; metadata needs no more than HeadObject.
        Metadata={_HASH_METADATA: entry.image_sha256},
    )
    return True


def _is_there(s3: S3Client, target: aws.S3Location, sha256: str, kms_key_arn: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        head = s3.head_object(Bucket=target.bucket, Key=target.key)
    except ClientError as error:
        # Without s3:ListBucket, S3 answers 403 for an object that is not there; the put then tells.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
            return False
        raise
    return head["Metadata"].get(_HASH_METADATA) == sha256 and head.get("SSEKMSKeyId") == kms_key_arn


def _groups(entries: Iterable[ledger.Entry], size: int) -> Iterator[list[ledger.Entry]]:
    iterator = iter(entries)
    while group := list(islice(iterator, size)):
        yield group
