"""The wire: SageMaker's JSON 1.1 protocol. Operations that moto has are handed on to it untouched."""

from __future__ import annotations

import io
import logging
import re
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from gtctl.sandbox.ground_truth import flow_definitions, labeling_jobs, tags, worker_page, workforces, workteams
from gtctl.sandbox.ground_truth.errors import ApiError, invalid
from gtctl.sandbox.ground_truth.state import Json, RegionState, State
from gtctl.sandbox.process import REGION
from gtctl.service_model import problems, service_message

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Operation = Callable[[RegionState, Json], Json | None]

OPERATIONS: dict[str, Operation] = {
    **workforces.OPERATIONS,
    **workteams.OPERATIONS,
    **labeling_jobs.OPERATIONS,
    **flow_definitions.OPERATIONS,
    **worker_page.OPERATIONS,
    **tags.OPERATIONS,
}

_SCOPE = re.compile(r"Credential=[^/]+/[0-9]{8}/(?P<region>[a-z0-9-]+)/sagemaker/")
_log = logging.getLogger(__name__)


class GroundTruthApi:
    """A WSGI application that answers the Ground Truth operations and passes all others to ``fallback``."""

    def __init__(self, state: State, fallback: Callable[..., Iterable[bytes]]) -> None:
        self._state = state
        self._fallback = fallback

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        service, _, name = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        if service != "SageMaker" or name not in OPERATIONS:
            return self._fallback(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            request = _decode(body)
            if name in tags.OPERATIONS and not tags.is_ours(request):
                environ["wsgi.input"] = io.BytesIO(body)
                return self._fallback(environ, start_response)
            if found := problems(name, request):
                raise invalid(service_message(found))
            answer, status = OPERATIONS[name](self._state.region(_region(environ)), request) or {}, 200
        except ApiError as error:
            answer, status = {"__type": error.code, "message": error.message}, error.status
        except Exception as error:
            # The client gets the answer that AWS gives when AWS itself is at fault; the log says why.
            _log.exception("%s failed", name)
            answer, status = {"__type": "InternalFailure", "message": type(error).__name__}, 500
        return _respond(start_response, status, answer)


def _decode(body: bytes) -> Json:
    try:
        request: Any = msgspec.json.decode(body or b"{}")
    except msgspec.DecodeError:
        request = None
    if not isinstance(request, dict):
        raise ApiError("SerializationException", "The request body is not a JSON object.")
    return request


def _region(environ: WSGIEnvironment) -> str:
    match = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return match["region"] if match else REGION


def _respond(start_response: StartResponse, status: int, answer: Json) -> list[bytes]:
    payload = msgspec.json.encode(answer)
    headers = [
        ("Content-Type", "application/x-amz-json-1.1"),
        ("Content-Length", str(len(payload))),
        ("x-amzn-RequestId", str(uuid.uuid4())),
    ]
    start_response(f"{status} {'OK' if status == 200 else 'Error'}", headers)
    return [payload]
