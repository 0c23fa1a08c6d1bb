"""Answers that were lost on their way are given again.

On a busy machine a connection breaks now and then after the work was done. An AWS client then sends the same request
once more, as one more attempt at the same invocation, and would be told that the thing exists already: Terraform fails.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from gtctl.sandbox.one_at_a_time import WsgiApp, operation

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

KEPT = 500
"""So many answers are kept: a client tries again within seconds."""
LARGEST = 1 << 20
"""A longer answer is not kept."""

_ATTEMPT = re.compile(r"attempt=(\d+)")
_log = logging.getLogger(__name__)
_Answer = tuple[str, list[tuple[str, str]], bytes]


def answered_once(app: WsgiApp) -> WsgiApp:
    """``app``, which is not asked again for what it has done. What only reads is asked anew, as is what failed."""
    kept: OrderedDict[str, _Answer] = OrderedDict()
    lock = threading.Lock()

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if not invocation or environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return app(environ, start_response)
        attempt = _ATTEMPT.search(environ.get("HTTP_AMZ_SDK_REQUEST", ""))
        if attempt and attempt[1] != "1" and (known := kept.get(invocation)):
            # Read in any case: a connection that is closed before everything was read breaks once more.
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            _log.warning("an answer to %s was lost, and is given again", operation(environ, body))
            return _give(known, start_response)
        answer = _answer(app, environ)
        if not answer[0].startswith("5") and len(answer[2]) <= LARGEST:
            with lock:
                kept[invocation] = answer
                while len(kept) > KEPT:
                    kept.popitem(last=False)
        return _give(answer, start_response)

    return serve


def _answer(app: WsgiApp, environ: WSGIEnvironment) -> _Answer:
    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], error: Any = None, /) -> Any:
        said.append((status, headers))

    body = b"".join(app(environ, start))
    return (*said[-1], body)


def _give(answer: _Answer, start_response: StartResponse) -> Iterable[bytes]:
    status, headers, body = answer
    start_response(status, headers)
    return [body]
