"""A proxy before the sandbox that answers some requests as AWS does on a bad day: throttled, failing, breaking off."""

from __future__ import annotations

import http.client
import json
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Fault:
    """An error answer; or, without ``status``, a connection reset: ``after`` so many bytes of the body, or at once.

    With ``after`` the request has been served, and only its answer is lost.
    """

    status: int | None = None
    code: str = ""
    after: int | None = None


SLOW_DOWN = Fault(503, "SlowDown")
INTERNAL_ERROR = Fault(500, "InternalError")
ACCESS_DENIED = Fault(403, "AccessDenied")
DROPPED = Fault()
ANSWER_LOST = Fault(after=0)


@dataclass(frozen=True, slots=True)
class Request:
    """What a plan decides by: method, path with query as it was sent, and the operation where a header names it."""

    method: str
    path: str
    operation: str = ""


Plan = Callable[[Request], Fault | None]


def randomly(seed: int, shares: dict[Fault, float]) -> Plan:
    """Each fault for its share of the requests, in a sequence that depends on the seed; two in a row are rare."""
    numbers = random.Random(seed)
    lock = threading.Lock()

    def plan(_request: Request) -> Fault | None:
        with lock:
            number = numbers.random()
        for fault, share in shares.items():
            if number < share:
                return fault
            number -= share
        return None

    return plan


@contextmanager
def faulty(endpoint: str, plan: Plan) -> Iterator[str]:
    """The address of a proxy before ``endpoint``; it asks ``plan`` about each request, from several threads."""
    upstream = urlsplit(endpoint).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            with suppress(ConnectionError):
                super().handle_one_request()

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            operation = (self.headers.get("X-Amz-Target") or "").rpartition(".")[2]
            fault = plan(Request(self.command, self.path, operation))
            if fault and fault.status:
                self._refuse(fault)
            elif fault and fault.after is None:
                self._reset()
            else:
                self._forward(body, fault)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815

        def _refuse(self, fault: Fault) -> None:
            # As AWS's own messages do, this one names the resource.
            error = f"<Error><Code>{fault.code}</Code><Message>On purpose: {self.path}</Message></Error>"
            kind = "application/xml"
            if self.headers.get("X-Amz-Target"):
                kind = "application/x-amz-json-1.1"
                error = json.dumps({"__type": fault.code, "message": f"On purpose: {self.path}"})
            elif (self.headers.get("Content-Type") or "").startswith("application/x-www-form-urlencoded"):
                error = f"<ErrorResponse>{error}</ErrorResponse>"
            text = error.encode()
            self.send_response(fault.status or 500)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        def _forward(self, body: bytes, fault: Fault | None) -> None:
            connection = http.client.HTTPConnection(upstream, timeout=60)
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            content = answer.read()
            if answer.getheader("Content-Length") is None:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            connection.close()
            if fault and fault.after is not None and fault.after < len(content):
                self.wfile.write(content[: fault.after])
                self._reset()
            else:
                self.wfile.write(content)

        def _reset(self) -> None:
            # Closed with this set, the other side sees a reset, and no orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            raise ConnectionResetError

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
