"""Checks the images of a manifest in S3: whether a job in a Region can read and show each of them.

One ranged GET tells of an image what there is to know (its existence, size, key and header), and needs no more rights
than the job itself: s3:GetObject, and kms:Decrypt on the object's key. What cannot be asked is UNKNOWN.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from gtctl import aws
from gtctl.ground_truth import CORS_RULE, MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS
from gtctl.manifests.pictures import HEAD_BYTES, Damaged, Picture, look
from gtctl.manifests.rules import Problem, Rule

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

AT_A_TIME = 32
"""So many images are asked for at once."""

_AHEAD = 8 * AT_A_TIME
_DENIED = ("AccessDenied", "403", "Forbidden", "AllAccessDisabled")
# Every other call would end so, too.
_NO_LONGER_LET_IN = ("ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "RequestExpired", "SignatureDoesNotMatch")
_SUFFIXES = {"PNG": (".png",), "JPEG": (".jpg", ".jpeg")}

Finding = tuple[Rule, str, bool]
"""Rule, message, and whether it is unknown."""


def check(
    images: Iterable[tuple[int, str]], region: str | None = None, advance: Callable[[], None] = lambda: None
) -> Iterator[Problem]:
    """What keeps a job in ``region`` (default: the environment's) from showing the images, in their order.

    ``images`` are line numbers and URIs; what is no S3 URI is passed over. ``advance`` is called once for each. Memory
    does not grow with them. Raises EnvironmentFailed without a Region, and botocore's errors where S3 cannot be
    reached or does not know the caller.
    """
    region = aws.session(region).region_name
    s3: S3Client = aws.client("s3", region, max_pool_connections=AT_A_TIME)
    buckets: dict[str, bool] = {}
    waiting: deque[tuple[int, Future[list[Finding]]]] = deque()

    def finished() -> Iterator[Problem]:
        line, future = waiting.popleft()
        findings = future.result()
        advance()
        return (Problem(line, *finding) for finding in findings)

    pool = ThreadPoolExecutor(AT_A_TIME)
    try:
        for line, uri in images:
            bucket, _, key = uri.removeprefix("s3://").partition("/")
            if not uri.startswith("s3://") or not bucket or not key:
                continue
            if bucket not in buckets:
                found = list(_check_bucket(s3, bucket, str(region)))
                buckets[bucket] = all(finding[0] is not Rule.BUCKET for finding in found)
                yield from (Problem(line, *finding) for finding in found)
            if buckets[bucket]:
                waiting.append((line, pool.submit(_check_image, s3, bucket, key)))
            if len(waiting) >= _AHEAD:
                yield from finished()
        while waiting:
            yield from finished()
    finally:
        pool.shutdown(cancel_futures=True)


def _check_bucket(s3: S3Client, bucket: str, region: str) -> Iterator[Finding]:
    from botocore.exceptions import ClientError, ParamValidationError

    try:
        answer: Any = s3.head_bucket(Bucket=bucket)
    except ParamValidationError:
        yield Rule.BUCKET, "this is no name of a bucket: correct the URI (told once for each bucket)", False
        return
    except ClientError as error:
        if _status(error) == 404:
            yield Rule.BUCKET, "there is no such bucket: correct the URI (told once for each bucket)", False
            return
        _raise_if_lasting(error)
        answer = error.response
    lies_in = answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region") or answer.get("BucketRegion")
    if not lies_in:
        yield Rule.REGION, "where the bucket lies is not known: it needs s3:ListBucket on the bucket", True
    elif lies_in != region:
        message = f"the bucket lies in {lies_in}, the job would run in {region}: a job reads its own Region only"
        yield Rule.REGION, message, False
    yield from _check_cors(s3, bucket)


def _check_cors(s3: S3Client, bucket: str) -> Iterator[Finding]:
    from botocore.exceptions import ClientError

    try:
        rules: Any = s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchCORSConfiguration":
            yield Rule.CORS, f"the bucket's CORS rules are not known: {_why(error, 's3:GetBucketCORS')}", True
            return
        rules = []
    reading = [rule["AllowedOrigins"] for rule in rules if CORS_RULE["AllowedMethods"][0] in rule["AllowedMethods"]]
    if any("*" in origins for origins in reading):
        return
    if reading:
        message = (
            "the bucket's CORS rules name some origins only: that the worker's page works so is documented nowhere"
        )
        yield Rule.CORS, message, True
    else:
        yield Rule.CORS, "the bucket has no CORS rule for GET from *: every task with its images would fail", False


def _check_image(s3: S3Client, bucket: str, key: str) -> list[Finding]:
    from botocore.exceptions import ClientError

    try:
        return list(_look_at_image(s3, bucket, key))
    except ClientError as error:
        _raise_if_lasting(error)
        return [_failure(error)]


def _look_at_image(s3: S3Client, bucket: str, key: str) -> Iterator[Finding]:
    def read(offset: int, length: int) -> bytes:
        if offset >= size:
            return b""
        return _get(s3, bucket, key, offset, length)[0]

    head, size, encryption = _get(s3, bucket, key, 0, HEAD_BYTES)
    if not size:
        yield Rule.SIZE, "the object is empty: put the image again, or remove the line", False
        return
    if not encryption.startswith("aws:kms"):
        yield Rule.ENCRYPTION, "the object is not encrypted with a KMS key: put it again with yours", False
    if size > MAX_IMAGE_BYTES:
        yield Rule.SIZE, f"larger than {MAX_IMAGE_BYTES // 1_000_000} MB: a job takes no larger image", False
    try:
        picture = look(head, read)
    except Damaged as damage:
        yield Rule.FORMAT, f"the image is damaged, or none that can be shown: {damage}", False
        return
    if not isinstance(picture, Picture):
        found = f"the object is {picture}, whatever its name says" if picture else "the object is of no known format"
        yield Rule.FORMAT, f"{found}: a job shows PNG and JPEG only; gtctl scans prepare makes PNG", False
        return
    yield from _check_picture(picture, key)


def _check_picture(picture: Picture, key: str) -> Iterator[Finding]:
    if not key.lower().endswith(_SUFFIXES[picture.format]):
        yield Rule.FORMAT, f"the object is a {picture.format}, which its name does not say: rename it", False
    if picture.bits > 8:
        message = f"a {picture.format} with {picture.bits} bits: browsers show 8; choose a window (gtctl scans prepare)"
        yield Rule.BIT_DEPTH, message, False
    if picture.width * picture.height > MAX_IMAGE_PIXELS:
        message = (
            f"{picture.width} x {picture.height} pixels: a job takes no more than {MAX_IMAGE_PIXELS // 1_000_000} "
            "million; make it smaller, or cut it"
        )
        yield Rule.PIXELS, message, False
    if picture.turned:
        message = "Exif has it shown turned: boxes would not fit its pixels; turn the pixels, and remove the entry"
        yield Rule.ORIENTATION, message, False


def _get(s3: S3Client, bucket: str, key: str, offset: int, length: int) -> tuple[bytes, int, str]:
    """Some bytes, the size of the whole object, and its encryption ("aws:kms", "AES256", or "")."""
    from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError

    for last in (False, False, True):
        try:
            answer = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={offset}-{offset + length - 1}")
            size = int(answer["ContentRange"].rpartition("/")[2])
            return answer["Body"].read(), size, answer.get("ServerSideEncryption", "")
        except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError):
            # boto3 asks again for an answer that does not come, not for one that breaks off.
            if last:
                raise
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidRange":
                raise
            return b"", 0, ""
    raise AssertionError("unreachable")


def _failure(error: ClientError) -> Finding:
    """What the answer to a GET says of the image."""
    code = error.response["Error"]["Code"]
    if _status(error) == 404:
        return Rule.MISSING, "there is no such object: correct the key, or remove the line", False
    if code == "InvalidObjectState":
        return Rule.ARCHIVED, "the object lies in an archive: restore it first", False
    if code.startswith("KMS."):
        return Rule.ENCRYPTION, f"the object's KMS key cannot be used ({code}): enable it", False
    decrypting = "kms:" in error.response["Error"].get("Message", "").lower()
    permission = "kms:Decrypt on the object's key" if decrypting else "s3:GetObject on the bucket's objects"
    return Rule.MISSING, f"the image is not known: {_why(error, permission)}", True


def _why(error: ClientError, permission: str) -> str:
    code = error.response["Error"]["Code"]
    return f"it needs {permission} ({code})" if code in _DENIED else f"S3 did not answer in the end ({code})"


def _status(error: ClientError) -> int:
    status: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status


def _raise_if_lasting(error: ClientError) -> None:
    if error.response["Error"]["Code"] in _NO_LONGER_LET_IN:
        raise error
