"""An account that lies in a file: what AWS answers, by operation. Nothing leaves the process.

``good_account.yaml`` beside this holds a whole account that breaks no rule. Another file tells what is different in
its account: where both have an answer, the two are merged (RFC 7396: mappings member by member, null takes away).

A key is ``service:Operation``, with the name of what is asked about where that matters (any text argument of the call)
and ``@REGION`` where it is not the first of ``regions``. A listing that is not told is empty; anything else that is not
told is not set. A list as the answer of a listing is its pages. ``error: CODE`` is an error. Where the service has
text and the file a mapping (a policy), the text is its JSON. Answers are checked against botocore's model.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import yaml
from botocore.validate import ParamValidator

from gtctl import aws
from gtctl.audit.evidence import live
from gtctl.audit.model import Evidence

GOOD_ACCOUNT = Path(__file__).parent / "good_account.yaml"
# The code with which S3 says that something is not set (API reference, Errors of each operation).
_NOT_SET = {
    "GetBucketEncryption": "ServerSideEncryptionConfigurationNotFoundError",
    "GetBucketPolicy": "NoSuchBucketPolicy",
    "GetPublicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "GetBucketOwnershipControls": "OwnershipControlsNotFoundError",
    "GetBucketCors": "NoSuchCORSConfiguration",
    "GetObjectLockConfiguration": "ObjectLockConfigurationNotFoundError",
    "GetBucketLifecycleConfiguration": "NoSuchLifecycleConfiguration",
    "GetBucketReplication": "ReplicationConfigurationNotFoundError",
}
_TOKENS = ("NextToken", "nextToken", "Marker", "ContinuationToken")
Answers = Mapping[str, Any]
Refuse = Callable[[str, str], str]
"""``service:Operation`` and Region -> the error code that the call is refused with; "" where it is answered."""


def answers(file: Path | None = None) -> Answers:
    """The good account, as ``file`` changes it."""
    good = _good_account()
    return merged(good, yaml.safe_load(file.read_text())) if file else good


@cache
def _good_account() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(GOOD_ACCOUNT.read_text())
    return found


def merged(base: Any, change: Any) -> Any:
    """``base`` with the members of ``change`` in it; null takes a member away (RFC 7396)."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    both = {name: merged(base.get(name), value) if value is not None else None for name, value in change.items()}
    return {name: value for name, value in (base | both).items() if value is not None}


def evidence(told: Answers) -> Evidence:
    """Everything that is read of the account, labeling jobs included, as one graph."""
    with answering(told):
        account = live.collect(told["regions"])
        return Evidence([*account.base.resources, *account.jobs()], complete=True)


@contextmanager
def answering(told: Answers, refuse: Refuse = lambda call, region: "") -> Iterator[None]:
    """Let the clients that the collectors make answer from ``told``."""

    def client(service: str, region: str, **_: Any) -> Any:
        made, source = _client(service, region)
        source.answer = lambda model, asked: (
            _error(code)
            if (code := refuse(f"{service}:{model.name}", region))
            else _answer(told, service, "" if region == told["regions"][0] else f" @{region}", model, asked)
        )
        return made

    with patch.object(aws, "client", client), patch.object(aws, "session", lambda region: None):
        yield


@dataclass
class _Source:
    """Where a client has its answers from: it is made once, and serves one account after another."""

    answer: Callable[[Any, dict[str, Any]], Any] | None = None


@cache
def _client(service: str, region: str) -> tuple[Any, _Source]:
    keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "none"}
    made: Any = _session().client(service, region_name=region, **keys)
    source = _Source()

    def keep(params: Any, context: dict[str, Any], **_: Any) -> None:
        context["asked"] = dict(params)

    def answer(model: Any, context: dict[str, Any], **_: Any) -> Any:
        assert source.answer
        return source.answer(model, context["asked"])

    made.meta.events.register("provide-client-params", keep)
    made.meta.events.register("before-call", answer)
    return made, source


@cache
def _session() -> Any:
    return boto3.Session(region_name="eu-west-1")


def _answer(told: Answers, service: str, region: str, model: Any, asked: Mapping[str, Any]) -> Any:
    key = f"{service}:{model.name}"
    texts = [value for value in asked.values() if isinstance(value, str)]
    names = [*(f"{key} {text}{region}" for text in texts), f"{key}{region}"]
    found = next((told[name] for name in names if name in told), None)
    if isinstance(found, list):
        page = int(next((asked[name] for name in _TOKENS if name in asked), 0))
        found = found[page] | (_more(model.output_shape, page + 1) if page + 1 < len(found) else {})
    if found is None and model.name in _NOT_SET:
        return _error(_NOT_SET[model.name])
    if isinstance(found, dict) and "error" in found:
        return _error(found["error"])
    body = _as_service_says(found or _nothing(model.output_shape), model.output_shape)
    report = ParamValidator().validate(body, model.output_shape)
    assert not report.has_errors(), f"{key}: {report.generate_report()}"
    return SimpleNamespace(status_code=200), body | {"ResponseMetadata": {"HTTPStatusCode": 200}}


def _error(code: str) -> Any:
    return SimpleNamespace(status_code=400), {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {}}


def _nothing(shape: Any) -> dict[str, Any]:
    """An empty listing: some always have their list."""
    return {name: [] for name in shape.required_members if shape.members[name].type_name == "list"}


def _more(shape: Any, page: int) -> dict[str, Any]:
    """What says that there is another page, in the members that the operation has for it."""
    flags = {name: True for name in ("Truncated", "IsTruncated") if name in shape.members}
    token = next(name for name in ("NextMarker", *_TOKENS) if name in shape.members)
    return {**flags, token: str(page)}


def _as_service_says(value: Any, shape: Any) -> Any:
    """``value`` as botocore gives it: text for what the file has as a mapping, times with their zone."""
    if shape.type_name == "string" and isinstance(value, dict):
        return json.dumps(value)
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: _as_service_says(item, shape.members[name]) if name in shape.members else item
            for name, item in value.items()
        }
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: _as_service_says(item, shape.value) for name, item in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_as_service_says(item, shape.member) for item in value]
    return value
