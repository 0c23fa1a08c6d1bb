"""Images and buckets are looked at in S3: what a job cannot show is a problem, what cannot be asked is unknown."""

from __future__ import annotations

import io
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from PIL import Image

from gtctl import aws
from gtctl.cli import run
from gtctl.ground_truth import BUILT_IN_LAMBDA_ACCOUNTS, CORS_RULE
from gtctl.manifests import objects as module
from gtctl.manifests.objects import check
from gtctl.manifests.rules import IN_S3, Problem, Rule
from tests.account import client, png
from tests.faults import ACCESS_DENIED, DROPPED, INTERNAL_ERROR, SLOW_DOWN, Fault, Plan, Request, faulty
from tests.manifests.test_pictures import encoded, exif, png_header

_numbers = itertools.count()


@dataclass
class Place:
    """A bucket that images of a job in its Region may lie in."""

    region: str
    bucket: str
    key_arn: str

    def client(self) -> Any:
        return client("s3", self.region)


@pytest.fixture
def place(sandbox: Any) -> Place:
    number = next(_numbers)
    region = list(BUILT_IN_LAMBDA_ACCOUNTS)[1 + number % 5]
    made = Place(region, f"images-{number}-{region}", f"arn:aws:kms:{region}:123456789012:key/{number}")
    made.client().create_bucket(Bucket=made.bucket, CreateBucketConfiguration={"LocationConstraint": region})
    made.client().put_bucket_cors(Bucket=made.bucket, CORSConfiguration={"CORSRules": [CORS_RULE]})
    return made


def put(place: Place, key: str, body: bytes = b"", **options: str) -> str:
    """An object encrypted as it should be; gives its URI."""
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": place.key_arn}
    place.client().put_object(Bucket=place.bucket, Key=key, Body=body or png(), **(encryption | options))
    return f"s3://{place.bucket}/{key}"


def found(place: Place, *uris: str, region: str | None = None) -> list[Problem]:
    return list(check(enumerate(uris, start=1), region or place.region))


def told(place: Place, *uris: str) -> list[tuple[int, Rule, bool]]:
    return [(problem.line, problem.rule, problem.unknown) for problem in found(place, *uris)]


@pytest.fixture
def through(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Plan], None]]:
    """Sends the product's requests through a proxy that does what a plan says; nobody waits between attempts."""
    with ExitStack() as proxies:

        def plan_is(plan: Plan) -> None:
            address = proxies.enter_context(faulty(sandbox.environment()["AWS_ENDPOINT_URL"], plan))
            monkeypatch.setenv("AWS_ENDPOINT_URL", address)

        # The mode that the product has slows a client down whose requests were throttled.
        impatient = partial(aws.client, retries={"mode": "standard", "total_max_attempts": 4})
        monkeypatch.setattr(aws, "client", impatient)
        monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
        yield plan_is


def test_images_that_a_job_can_show_have_no_problem(place: Place) -> None:
    uris = [
        put(place, "a b/ü#?.png"),
        put(place, "b.JPG", encoded("JPEG")),
        put(place, "c.jpeg", encoded("JPEG", exif=exif(1))),
        put(place, "thumbnail.jpg", encoded("JPEG", exif=exif(1), comment=b"x" * 60_000)),
    ]
    assert told(place, *uris, uris[0]) == []


BY_THEIR_BYTES = [
    ("a.png", bytes(128) + b"DICM" + bytes(99), Rule.FORMAT, "the object is DICOM, whatever its name says"),
    ("b.png", b"<html>not found</html>", Rule.FORMAT, "of no known format"),
    ("c.png", encoded("JPEG"), Rule.FORMAT, "the object is a JPEG, which its name does not say"),
    ("d.jpg", png(), Rule.FORMAT, "the object is a PNG"),
    ("e.png", encoded("TIFF"), Rule.FORMAT, "the object is TIFF"),
    ("f.png", png()[:20], Rule.FORMAT, "damaged"),
    ("g.png", encoded("PNG", "I;16"), Rule.BIT_DEPTH, "a PNG with 16 bits: browsers show 8"),
    ("h.png", png_header(width=10_001, height=10_000), Rule.PIXELS, "10001 x 10000 pixels"),
    ("i.jpg", encoded("JPEG", exif=exif(6)), Rule.ORIENTATION, "Exif has it shown turned"),
]


def test_an_object_is_judged_by_its_bytes(place: Place) -> None:
    problems = found(place, *(put(place, f"folder/{key}", body) for key, body, _, _ in BY_THEIR_BYTES))
    assert len(problems) == len(BY_THEIR_BYTES)
    for line, (problem, (_, _, rule, message)) in enumerate(zip(problems, BY_THEIR_BYTES, strict=True), start=1):
        assert (problem.line, problem.rule, problem.unknown) == (line, rule, False)
        assert message in problem.message
        assert "folder" not in problem.message


def test_size_encryption_and_existence_are_checked(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_IMAGE_BYTES", 5000)
    place.client().put_object(Bucket=place.bucket, Key="empty.png", Body=b"", ServerSideEncryption="aws:kms")
    place.client().put_object(Bucket=place.bucket, Key="plain.png", Body=png())
    uris = [
        f"s3://{place.bucket}/missing.png",
        f"s3://{place.bucket}/empty.png",
        put(place, "large.png", png() + bytes(5000)),
        f"s3://{place.bucket}/plain.png",
        put(place, "archived.png", StorageClass="GLACIER"),
        put(place, "fine.png", png()),
    ]
    assert told(place, *uris) == [
        (1, Rule.MISSING, False),
        (2, Rule.SIZE, False),
        (3, Rule.SIZE, False),
        (4, Rule.ENCRYPTION, False),
        (5, Rule.ARCHIVED, False),
    ]


def test_a_bucket_of_another_region_is_a_problem_once(place: Place) -> None:
    other = next(region for region in BUILT_IN_LAMBDA_ACCOUNTS if region != place.region)
    uris = [put(place, "a.png"), put(place, "b.png")]
    [problem] = found(place, *uris, region=other)
    assert (problem.line, problem.rule) == (1, Rule.REGION)
    assert place.region in problem.message and other in problem.message


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], (1, Rule.CORS, False)),
        ([CORS_RULE | {"AllowedMethods": ["PUT"]}], (1, Rule.CORS, False)),
        ([CORS_RULE | {"AllowedOrigins": ["https://portal.example"]}], (1, Rule.CORS, True)),
        ([CORS_RULE | {"AllowedMethods": ["PUT"]}, CORS_RULE], None),
    ],
)
def test_a_bucket_has_to_let_the_workers_page_read(place: Place, rules: list[Any], expected: Any) -> None:
    s3 = place.client()
    s3.delete_bucket_cors(Bucket=place.bucket)
    if rules:
        s3.put_bucket_cors(Bucket=place.bucket, CORSConfiguration={"CORSRules": rules})
    assert told(place, put(place, "a.png"), put(place, "b.png")) == ([expected] if expected else [])


def test_a_bucket_that_is_not_there_is_told_once_and_its_images_are_not_asked_for(place: Place) -> None:
    uris = [f"s3://no-such-bucket-of-ours/{n}.png" for n in range(3)]
    assert told(place, *uris, "s3://No_Bucket/a.png", "not a uri", put(place, "a.png")) == [
        (1, Rule.BUCKET, False),
        (4, Rule.BUCKET, False),
    ]


def test_what_is_denied_is_unknown_with_the_permission_that_is_missing(place: Place, through: Any) -> None:
    def plan(request: Request) -> Fault | None:
        denied = request.method == "HEAD" or "cors" in request.path or "secret" in request.path
        return ACCESS_DENIED if denied else None

    uris = [put(place, "secret.png"), put(place, "open.png")]
    through(plan)
    problems = found(place, *uris)
    assert [(each.line, each.rule, each.unknown) for each in problems] == [
        *((1, Rule.REGION, True), (1, Rule.CORS, True), (1, Rule.MISSING, True)),
    ]
    for problem, permission in zip(problems, ("s3:ListBucket", "s3:GetBucketCORS", "s3:GetObject"), strict=True):
        assert permission in problem.message
        assert "secret" not in problem.message


def test_a_key_that_may_not_be_used_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ClientError

    def refused(code: str, message: str) -> Any:
        def get(*_: object) -> None:
            error: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(error, "GetObject")

        return get

    uri = put(place, "a.png")
    monkeypatch.setattr(module, "_get", refused("AccessDenied", "not authorized to perform: kms:Decrypt on ..."))
    [problem] = found(place, uri)
    assert problem.unknown and "kms:Decrypt" in problem.message
    monkeypatch.setattr(module, "_get", refused("KMS.DisabledException", "arn:aws:kms... is disabled."))
    [problem] = found(place, uri)
    assert not problem.unknown and problem.rule is Rule.ENCRYPTION


def test_throttling_and_broken_connections_are_got_over(place: Place, through: Any) -> None:
    lock, seen = threading.Lock(), dict[str, int]()
    faults = (SLOW_DOWN, INTERNAL_ERROR, DROPPED, Fault(after=40))

    def plan(request: Request) -> Fault | None:
        with lock:
            seen[request.path] = number = seen.get(request.path, 0) + 1
        # Each path fails once or twice, in one of the ways.
        return faults[crc32(request.path.encode()) % len(faults)] if number < 3 and request.method == "GET" else None

    uris = [put(place, f"{number}.png") for number in range(12)]
    through(plan)
    assert told(place, *uris) == []
    assert max(seen.values()) >= 3


def test_an_image_that_is_throttled_to_the_end_is_unknown_and_the_others_are_told(place: Place, through: Any) -> None:
    uris = [put(place, "busy.png"), put(place, "16.png", encoded("PNG", "I;16"))]
    through(lambda request: SLOW_DOWN if "busy" in request.path else None)
    first, second = found(place, *uris)
    assert first.unknown and "SlowDown" in first.message
    assert (second.line, second.rule) == (2, Rule.BIT_DEPTH)


def test_memory_is_for_images_under_way_only_and_the_order_is_kept(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AHEAD", 4)
    uri, missing = put(place, "a.png"), f"s3://{place.bucket}/missing.png"
    drawn = 0

    def endless() -> Iterator[tuple[int, str]]:
        nonlocal drawn
        while True:
            drawn += 1
            yield drawn, missing if drawn % 2 else uri

    advanced = []
    problems = check(endless(), place.region, lambda: advanced.append(1))
    assert [next(problems).line for _ in range(5)] == [1, 3, 5, 7, 9]
    assert drawn <= 9 + 4
    assert len(advanced) >= 9
    problems.close()  # type: ignore[attr-defined]


def test_every_rule_of_s3_has_an_example_here() -> None:
    text = Path(__file__).read_text()
    assert {rule for rule in IN_S3 if f"Rule.{rule.name}" not in text} == set()


def test_the_command_ends_with_1_for_problems_and_with_3_for_what_is_unknown(
    place: Place, through: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    fine, deep = put(place, "a.png"), put(place, "b.png", encoded("PNG", "I;16"))
    Path("fine").write_text(json.dumps({"source-ref": fine}) + "\n")
    Path("both").write_text("".join(json.dumps({"source-ref": uri}) + "\n" for uri in (deep, fine)))
    options = ["--s3", "--region", place.region]
    assert run(["manifest", "validate", "fine", *options]) == 0
    assert run(["manifest", "validate", "both"]) == 0
    assert run(["manifest", "validate", "fine", "both", *options]) == 1
    assert run(["manifest", "validate", "both", *options, "--accept", "bit-depth"]) == 0
    capsys.readouterr()
    through(lambda request: ACCESS_DENIED if "a.png" in request.path else None)
    assert run(["manifest", "validate", "fine", *options]) == 3
    out, err = capsys.readouterr()
    assert out.startswith("fine:1: UNKNOWN: the image is not known: it needs s3:GetObject")
    assert err == "gtctl: fine: 1 UNKNOWN, as S3 did not tell\n"
    assert run(["manifest", "validate", "both", *options, "--json"]) == 1
    out, err = capsys.readouterr()
    assert [(each["line"], each["rule"], each["verdict"]) for each in json.loads(out)["problems"]] == [
        *((1, "bit-depth", "FAIL"), (2, "missing", "UNKNOWN")),
    ]
    assert "1 problem (1 bit-depth), and 1 UNKNOWN" in err


def test_without_a_network_or_credentials_the_command_ends_with_3(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m").write_text(json.dumps({"source-ref": put(place, "a.png")}) + "\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert run(["manifest", "validate", str(tmp_path / "m"), "--s3"]) == 3
    assert "no AWS credentials" in capsys.readouterr().err


def test_an_image_with_a_large_header_takes_few_requests(place: Place, through: Any) -> None:
    asked = []

    def plan(request: Request) -> Fault | None:
        asked.append(request.path)
        return None

    stream = io.BytesIO()
    Image.new("L", (8, 8)).save(stream, "JPEG", icc_profile=bytes(300_000))
    uri = put(place, "profile.jpg", stream.getvalue())
    through(plan)
    assert told(place, uri) == []
    assert len([path for path in asked if "profile" in path]) <= 7
