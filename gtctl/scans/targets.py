"""Where images go: a folder, or ``s3://bucket/prefix``. Every file appears whole or not at all, and once."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gtctl import aws
from gtctl.errors import EnvironmentFailed
from gtctl.files import PARTIAL, atomic_write
from gtctl.manifests.places import require_key_arn
from gtctl.scans.process import DICOM_FOLDER

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

AT_A_TIME = 16
"""How many files are written at once: disks and S3 answer late, but many at a time."""

_TYPES = {".png": "image/png", ".dcm": "application/dicom"}
_HASH_METADATA = "sha256"
_OWN_PARTIAL = re.compile(rf"\.([0-9a-f]{{32}}\.(png|dcm)|\w+\.jsonl)\.[0-9a-f]+{re.escape(PARTIAL)}")


class Target(Protocol):
    """Takes files by name; threads may call it at once."""

    def holds(self, name: str, sha256: str) -> bool:
        """Whether a file of this name and content is there, in S3 encrypted with the right key."""

    def put(self, name: str, content: bytes) -> bool:
        """Write a file; False if it was there already. Raises EnvironmentFailed or botocore's errors."""

    def sweep(self) -> None:
        """Remove what a killed run left half-written."""


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

    def sweep(self) -> None:
        """Remove partial files of our own."""
        for folder in (self.path, self.path / DICOM_FOLDER):
            for path in folder.glob(f".*{PARTIAL}"):
                if _OWN_PARTIAL.fullmatch(path.name):
                    path.unlink(missing_ok=True)


class Bucket:
    """Objects below a prefix, encrypted with one key: each put asks for it, and each answer is compared.

    ``kms_key_arn`` is a key's ARN, not an alias: S3 answers with the key's ARN.
    """

    def __init__(self, location: aws.S3Location, kms_key_arn: str) -> None:
        self.location = location
        self.kms_key_arn = kms_key_arn
        self.s3: S3Client = aws.client("s3", max_pool_connections=AT_A_TIME)

    def holds(self, name: str, sha256: str) -> bool:
        """Whether the object is there with this content and key."""
        from botocore.exceptions import ClientError

        place = self.location.join(name)
        try:
            head = self.s3.head_object(Bucket=place.bucket, Key=place.key)
        except ClientError as error:
            # Without s3:ListBucket, S3 answers 403 for an object that is not there; the put then tells.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
                return False
            raise
        return head["Metadata"].get(_HASH_METADATA) == sha256 and head.get("SSEKMSKeyId") == self.kms_key_arn

    def put(self, name: str, content: bytes) -> bool:
        """Put, unless an earlier run did; an object that S3 encrypted with another key is taken back."""
        sha256 = hashlib.sha256(content)
        if self.holds(name, sha256.hexdigest()):
            return False
        place = self.location.join(name)
        answer = self.s3.put_object(
            Bucket=place.bucket,
            Key=place.key,
            Body=content,
            ContentType=_TYPES[Path(name).suffix],
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self.kms_key_arn,
            ChecksumSHA256=base64.b64encode(sha256.digest()).decode(),
            # S3's own checksum can only be read back with kms:Decrypt; metadata needs no more than HeadObject.
            Metadata={_HASH_METADATA: sha256.hexdigest()},
        )
        if answer.get("ServerSideEncryption") != "aws:kms" or answer.get("SSEKMSKeyId") != self.kms_key_arn:
            self.s3.delete_object(Bucket=place.bucket, Key=place.key)
            raise EnvironmentFailed(
                f"S3 did not encrypt {place} with the key asked for, so it was deleted again: check the bucket"
            )
        return True

    def sweep(self) -> None:
        """A put is whole or not there."""
