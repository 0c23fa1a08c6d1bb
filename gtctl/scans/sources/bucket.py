"""Objects below a prefix in S3. Keys may name patients: no error here quotes one, nor an address that holds one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gtctl import aws
from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.scans import s3
from gtctl.scans.skipping import Reason, Unusable
from gtctl.scans.sources import MAX_SOURCE_BYTES, Item, Refused

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectTypeDef

_CHUNK = 1 << 20
_READ_AHEAD_BYTES = 32 * 1024**2
_BREAKS = 8
"""How often in a row a transfer may break off without a byte gained, before that is no accident."""
_OF_THE_OBJECT = {403: Reason.UNREADABLE, 404: Reason.MISSING, 412: Reason.UNREADABLE}
"""Answers that are about this object alone; InvalidObjectState, an archived object, is a 403."""


@dataclass(frozen=True, slots=True)
class Object:
    """An object in S3, which every worker can read with its own credentials."""

    bucket: str = field(repr=False)
    key: str = field(repr=False)
    size: int = field(repr=False)

    @property
    def read_ahead(self) -> bool:
        """Small objects are."""
        return self.size <= _READ_AHEAD_BYTES

    @property
    def place(self) -> str:
        """Its URI."""
        return f"s3://{self.bucket}/{self.key}"

    def read(self) -> bytes:
        """Its content. Raises Unusable, and EnvironmentFailed where S3 cannot be reached or throttles for too long."""
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        content = bytearray()
        etag = ""
        breaks = 0
        while True:
            had = len(content)
            try:
                # A transfer that breaks off goes on where it was, if the object is still the same.
                rest = {"Range": f"bytes={had}-", "IfMatch": etag} if had else {}
                answer = s3.client().get_object(Bucket=self.bucket, Key=self.key, **rest)  # type: ignore[arg-type]
                etag = answer["ETag"]
                if had + answer["ContentLength"] > MAX_SOURCE_BYTES:
                    raise Unusable(Reason.TOO_LARGE)
                for chunk in answer["Body"].iter_chunks(_CHUNK):
                    content += chunk
                return bytes(content)
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if reason := _OF_THE_OBJECT.get(status):
                    raise Unusable(reason) from None
                code = error.response["Error"].get("Code", status)
                raise EnvironmentFailed(f"S3 refused to give an object of SRC: {code}; run again to go on") from None
            except (BotoCoreError, HTTPError, OSError) as error:
                breaks = 0 if len(content) > had else breaks + 1
                time.sleep(0.05 * 2**breaks)
                if breaks == _BREAKS or not etag:
                    raise EnvironmentFailed(
                        f"S3 could not be read ({type(error).__name__}): check the network, and run again to go on"
                    ) from None


def items(place: str, leave_out: str | None) -> Iterator[Item]:
    """The objects below a prefix in the order of S3's listing, without those below ``leave_out``; or one object.

    ``s3://bucket/study-1`` does not take in ``study-10``. Raises BadInput where nothing lies there, and botocore's
    errors where S3 refuses to list.
    """
    source = aws.parse_s3_uri(place)
    prefix = source.key if not source.key or source.key.endswith("/") else f"{source.key}/"
    own = f"{aws.parse_s3_uri(leave_out).join()}/" if leave_out and leave_out.startswith("s3://") else None
    found = False
    for listed in _listed(source, prefix):
        key = listed["Key"]
        # The console makes folders as empty objects.
        if (key.endswith("/") and not listed["Size"]) or (own and f"s3://{source.bucket}/{key}".startswith(own)):
            continue
        found = True
        yield _item(source.bucket, listed)
    if not found:
        raise BadInput("there is no object below SRC: name a prefix as s3://bucket/prefix/")


def _listed(source: aws.S3Location, prefix: str) -> Iterator[ObjectTypeDef]:
    pages = s3.client().get_paginator("list_objects_v2")
    if source.key != prefix:
        # An object of that very name comes first of all that begin with it.
        first = s3.client().list_objects_v2(Bucket=source.bucket, Prefix=source.key, MaxKeys=1).get("Contents", [])
        yield from (each for each in first if each["Key"] == source.key)
    for page in pages.paginate(Bucket=source.bucket, Prefix=prefix):
        yield from page.get("Contents", [])


def _item(bucket: str, listed: ObjectTypeDef) -> Item:
    if listed["Size"] > MAX_SOURCE_BYTES:
        return Refused(Reason.TOO_LARGE)
    return Object(bucket, listed["Key"], listed["Size"])
