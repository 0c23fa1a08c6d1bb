"""moto as an application that many clients may call at once.

moto's backends are plain dictionaries, which it goes through while another thread may change them: a call then ends in
a server error though it did its work, the client tries again, and is told that the thing exists. So moto answers one
call at a time; it computes and never waits, so this takes no longer.
"""

from __future__ import annotations

import io
import logging
import re
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WsgiApp = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]

_SERVICE = re.compile(r"Credential=[^/]+/[0-9]{8}/[a-z0-9-]*/(?P<service>[a-z0-9-]+)/")
_ACTION = re.compile(rb"(?:^|&)Action=(?P<action>[A-Za-z0-9]+)")
_log = logging.getLogger(__name__)


def one_at_a_time(app: WsgiApp) -> WsgiApp:
    """``app``, called by one thread at a time; what it fails at is logged, by the name of the operation alone."""
    turn = threading.Lock()

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = _read(environ)

        def start(status: str, *rest: Any) -> Any:
            if status.startswith("5"):
                _log.error("%s was answered with %s", operation(environ, body), status)
            return start_response(status, *rest)

        with turn:
            try:
                return app(environ, start)
            except Exception:
                _log.error("%s failed", operation(environ, body))
                raise

    return serve


def _read(environ: WSGIEnvironment) -> bytes:
    """The request's body, which is read before it is anybody's turn: a slow client keeps nobody waiting.

    Nothing where its length is not told; then ``app`` reads it.
    """
    length = environ.get("CONTENT_LENGTH")
    if not length:
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def operation(environ: WSGIEnvironment, body: bytes) -> str:
    """The name of what was asked: no path, no argument, which may hold names of files or of people."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target)
    service = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    action = _ACTION.search(body[:10_000])
    name = action["action"].decode() if action else environ.get("REQUEST_METHOD", "a call")
    return f"{service['service']} {name}" if service else str(name)
