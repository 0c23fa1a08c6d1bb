"""Small copies of images, to be embedded in a page. Only what lies where the user said is read."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gtctl import aws
from gtctl.errors import BadInput
from gtctl.ground_truth import MAX_IMAGE_BYTES
from gtctl.manifests.places import is_s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LONGEST_SIDE = 480


def maker(place: str) -> Callable[[str], str]:
    """What makes a ``data:`` URI of the image with an S3 URI, "" where there is none at the place.

    ``place`` is a folder that holds the images by their file names, or by their keys as a mirror of the bucket; or
    ``s3://bucket/prefix``, below which the image has to lie: a manifest alone leads nowhere. Raises BadInput for a
    place that is no folder, and botocore's errors.
    """
    read = _from_bucket(place) if is_s3(place) else _from_folder(Path(place))

    def thumbnail(uri: str) -> str:
        content = read(uri)
        return _small(content) if content else ""

    return thumbnail


def _from_folder(folder: Path) -> Callable[[str], bytes | None]:
    if not folder.is_dir():
        raise BadInput(f"--images: there is no folder {folder}")
    root = folder.resolve()

    def read(uri: str) -> bytes | None:
        key = uri.removeprefix("s3://").partition("/")[2]
        for name in (key, key.rpartition("/")[2]):
            path = (root / name).resolve()
            if path.is_relative_to(root) and path.is_file() and path.stat().st_size <= MAX_IMAGE_BYTES:
                return path.read_bytes()
        return None

    return read


def _from_bucket(place: str) -> Callable[[str], bytes | None]:
    allowed = aws.parse_s3_uri(f"{place.rstrip('/')}/")
    s3: S3Client = aws.client("s3")

    def read(uri: str) -> bytes | None:
        from botocore.exceptions import ClientError

        location = aws.parse_s3_uri(uri)
        if location.bucket != allowed.bucket or not location.key.startswith(allowed.key):
            return None
        try:
            found = s3.get_object(Bucket=location.bucket, Key=location.key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise
        return found["Body"].read() if found["ContentLength"] <= MAX_IMAGE_BYTES else None

    return read


def _small(content: bytes) -> str:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as opened:
            # JPEG has no transparency; what image files tell beside their pixels stays behind.
            small = opened.convert("L" if opened.mode in ("1", "L", "I;16", "I") else "RGB")
            small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    except (OSError, ValueError, Image.DecompressionBombError):
        # A picture that cannot be shown is no reason to show none.
        return ""
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode()}"
