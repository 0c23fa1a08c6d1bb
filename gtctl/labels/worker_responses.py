"""What each worker answered: the files below ``annotations/worker-response/`` of a job's output.

Who a worker is leaves this module as a pseudonym only: HMAC-SHA256 under a secret, over the identity that the service
writes beside each answer. ``sub``, ``workerId`` and issuer are not kept.

Source: SageMaker Developer Guide, "Labeling job output data", "Bounding box job output".
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gtctl import aws
from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.labels.output_manifest import Length, Number
from gtctl.manifests.places import is_s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOLDER = "annotations/worker-response"
SECRET_BYTES = 32

_MANIFEST = "manifests/output/output.manifest"
_NAME = re.compile(r"iteration-\d+/(?P<object>\d+)/[^/]+\.json")
_AT_A_TIME = 16


class Drawn(msgspec.Struct, frozen=True, gc=False):
    """A box that a worker drew, in pixels from the image's upper left corner."""

    label: str
    left: Number
    top: Number
    width: Length
    height: Length


class Answer(msgspec.Struct, frozen=True):
    """What one worker answered. ``boxes`` is None where the answer is no answer to a bounding-box task; ``seconds`` is
    None where the service wrote no time. ``size`` is the image's width and height as the worker's browser had them.
    """

    worker: str
    submitted: str
    seconds: float | None
    boxes: tuple[Drawn, ...] | None
    size: tuple[int, int] | None


class Responses(msgspec.Struct, frozen=True):
    """All answers to one object, in the order of their submission; ``row`` counts the manifest's lines from 1.

    A worker who answered several times (a task that was given out again) counts with the last answer; ``repeated`` are
    the others.
    """

    row: int
    answers: list[Answer]
    repeated: int = 0


class _Identity(msgspec.Struct, rename="camel"):
    issuer: str = ""
    sub: str = ""


class _Metadata(msgspec.Struct, rename="camel"):
    identity_data: _Identity | None = None


class _Size(msgspec.Struct):
    width: int
    height: int


class _Boxes(msgspec.Struct, rename="camel"):
    bounding_boxes: list[Drawn] | None = None
    input_image_properties: _Size | None = None


class _Answer(msgspec.Struct, rename="camel"):
    answer_content: dict[str, msgspec.Raw] | None = None
    acceptance_time: str | None = None
    submission_time: str | None = None
    time_spent_in_seconds: float | None = None
    worker_id: str = ""
    worker_metadata: _Metadata | None = None


class _File(msgspec.Struct):
    answers: list[_Answer]


_file_decoder = msgspec.json.Decoder(_File)
_boxes_decoder = msgspec.json.Decoder(_Boxes)


class Pseudonyms:
    """Names for workers, the same for the same worker under the same secret of 32 bytes."""

    def __init__(self, secret: bytes | None = None) -> None:
        self._secret = secret or secrets.token_bytes(SECRET_BYTES)

    def of(self, *identity: str) -> str:
        """``W-`` and ten letters and digits."""
        message = b"".join(
            len(part.encode()).to_bytes(4, "big") + part.encode() for part in ("gtctl worker", *identity)
        )
        return f"W-{hmac.digest(self._secret, message, 'sha256').hex()[:10].upper()}"


def read_secret(path: Path) -> bytes:
    """The secret in a file, made of what is in it; a new one is written where there is none, readable by the user only.

    Raises BadInput for one that is too short to be a secret.
    """
    from gtctl.files import atomic_write

    try:
        found = path.read_bytes().strip()
    except FileNotFoundError:
        found = secrets.token_hex(SECRET_BYTES).encode()
        with atomic_write(path, "wb", private=True) as stream:
            stream.write(found + b"\n")
    except OSError as error:
        raise EnvironmentFailed(f"cannot read {path}: {error.strerror or error}") from error
    if len(found) < SECRET_BYTES:
        raise BadInput(f"{path} is no secret: it has less than {SECRET_BYTES} bytes; name a new file to have one made")
    return hmac.digest(found, b"gtctl worker pseudonyms", "sha256")


def beside(manifest: str) -> str | None:
    """Where the responses lie that belong to the output manifest of a job's output tree; None if it lies elsewhere."""
    root = manifest.removesuffix(_MANIFEST)
    return None if root == manifest else f"{root}{FOLDER}"


def read(place: str, pseudonyms: Pseudonyms) -> Iterator[Responses]:
    """The answers below a folder or ``s3://bucket/prefix`` that holds ``iteration-1/...``, by row.

    Raises BadInput for a file that is no worker response, naming it, and botocore's errors. Files of other names are
    passed over. Memory grows with the number of files, some 200 bytes each.
    """
    listed: dict[int, list[str]] = {}
    for name in _names(place):
        if match := _NAME.fullmatch(name):
            listed.setdefault(int(match["object"]) + 1, []).append(name)
    fetch = _fetcher(place)
    rows = sorted(listed)
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        # A batch at a time, so that what was fetched does not pile up.
        for start in range(0, len(rows), 8 * _AT_A_TIME):
            batch = rows[start : start + 8 * _AT_A_TIME]
            names = [name for row in batch for name in sorted(listed[row])]
            contents = dict(zip(names, pool.map(fetch, names), strict=True))
            for row in batch:
                yield _responses(row, [(name, contents[name]) for name in sorted(listed[row])], place, pseudonyms)


def _responses(row: int, files: Iterable[tuple[str, bytes]], place: str, pseudonyms: Pseudonyms) -> Responses:
    answers: list[Answer] = []
    for name, content in files:
        where = f"{place.rstrip('/')}/{name}"
        try:
            answers += [
                _answer(each, f"{row} {name} {at}", pseudonyms)
                for at, each in enumerate(_file_decoder.decode(content).answers)
            ]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadInput(f"{where}: not the answers of workers ({error})") from error
    answers.sort(key=lambda answer: answer.submitted)
    last = {answer.worker: answer for answer in answers}
    return Responses(row, list(last.values()), len(answers) - len(last))


def _answer(answer: _Answer, otherwise: str, pseudonyms: Pseudonyms) -> Answer:
    identity = answer.worker_metadata.identity_data if answer.worker_metadata else None
    if identity and identity.sub:
        who = pseudonyms.of("sub", identity.issuer, identity.sub)
    else:
        # Whoever has no name at all is somebody else each time.
        who = pseudonyms.of("workerId", answer.worker_id) if answer.worker_id else pseudonyms.of("nobody", otherwise)
    boxes, size = None, None
    if raw := (answer.answer_content or {}).get("boundingBox"):
        content = _boxes_decoder.decode(raw)
        boxes = tuple(content.bounding_boxes or ())
        size = content.input_image_properties
    return Answer(
        who,
        answer.submission_time or "",
        _seconds(answer),
        boxes,
        (size.width, size.height) if size else None,
    )


def _seconds(answer: _Answer) -> float | None:
    if answer.time_spent_in_seconds is not None:
        return answer.time_spent_in_seconds if answer.time_spent_in_seconds >= 0 else None
    try:
        accepted = datetime.fromisoformat(answer.acceptance_time or "")
        submitted = datetime.fromisoformat(answer.submission_time or "")
        seconds = (submitted - accepted).total_seconds()
    except (ValueError, TypeError):
        return None
    return seconds if seconds >= 0 else None


def _names(place: str) -> Iterator[str]:
    """The files below a place, relative to it, with "/"."""
    if not is_s3(place):
        root = Path(place)
        if not root.is_dir():
            raise BadInput(f"there is no folder {place} with worker responses")
        for path in root.rglob("*.json"):
            yield path.relative_to(root).as_posix()
        return
    location = aws.parse_s3_uri(f"{place.rstrip('/')}/")
    s3: S3Client = aws.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=location.key):
        for listed in page.get("Contents", []):
            yield listed["Key"].removeprefix(location.key)


def _fetcher(place: str) -> Callable[[str], bytes]:
    """What gives the content of a file by its name below the place."""
    if not is_s3(place):

        def read_file(name: str) -> bytes:
            try:
                return (Path(place) / name).read_bytes()
            except OSError as error:
                raise EnvironmentFailed(f"cannot read {place}/{name}: {error.strerror or error}") from error

        return read_file
    location = aws.parse_s3_uri(f"{place.rstrip('/')}/")
    s3: S3Client = aws.client("s3", max_pool_connections=_AT_A_TIME)
    return lambda name: s3.get_object(Bucket=location.bucket, Key=f"{location.key}{name}")["Body"].read()
