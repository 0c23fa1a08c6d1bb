"""What a job will label: its input manifest, read once, with its hash, its buckets and a sample of its images."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from gtctl import aws
from gtctl.errors import BadInput
from gtctl.manifests.lines import images
from gtctl.manifests.rules import Rule
from gtctl.manifests.validate import problems

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SAMPLE = 100
"""So many images are looked at before a launch: spread over the manifest, and one of each bucket."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """An input manifest that was read.

    sha256: of its bytes. objects: its lines that name an image. buckets: bucket -> the first image in it. sample: line
    numbers and URIs. broken: rule of the manifest -> how many lines break it, and the first of them with its message.
    """

    uri: str
    sha256: str
    objects: int
    buckets: dict[str, str]
    sample: tuple[tuple[int, str], ...]
    broken: dict[Rule, tuple[int, int, str]]


@contextmanager
def fetched(uri: str, region: str | None) -> Iterator[BinaryIO]:
    """The bytes of an S3 object, in a temporary file. Raises BadInput where there is none, and botocore's errors."""
    from botocore.exceptions import ClientError

    place = aws.parse_s3_uri(uri)
    s3: S3Client = aws.client("s3", region)
    with tempfile.TemporaryFile() as stream:
        try:
            s3.download_fileobj(place.bucket, place.key, stream)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise BadInput(f"there is no manifest {uri}: build it with gtctl manifest build") from error
            raise
        stream.seek(0)
        yield stream


def read(stream: BinaryIO, uri: str, sample: int | None = SAMPLE, *, validate: bool = True) -> Dataset:
    """The manifest in ``stream`` (at its beginning), in flat memory; ``sample`` is None for all images.

    Without ``validate`` nobody looks for rules that are broken.
    """
    digest = hashlib.sha256()
    while chunk := stream.read(1 << 20):
        digest.update(chunk)
    stream.seek(0)
    count, buckets, firsts = 0, {}, []
    for line, image in images(stream):
        count += 1
        bucket = image.removeprefix("s3://").partition("/")[0]
        if image.startswith("s3://") and bucket not in buckets:
            buckets[bucket] = image
            firsts.append((line, image))
    stream.seek(0)
    step = 1 if sample is None else max(1, -(-count // sample))
    chosen = dict(firsts) | {line: image for number, (line, image) in enumerate(images(stream)) if number % step == 0}
    stream.seek(0)
    broken: dict[Rule, tuple[int, int, str]] = {}
    for problem in problems(stream) if validate else ():
        number, line, message = broken.get(problem.rule, (0, problem.line, problem.message))
        broken[problem.rule] = (number + 1, line, message)
    return Dataset(uri, digest.hexdigest(), count, buckets, tuple(sorted(chosen.items())), broken)
