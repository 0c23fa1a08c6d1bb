"""The sandbox process: moto's server with Ground Truth and the worker portal in front of it."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from gtctl.files import atomic_write
from gtctl.sandbox import moto_fixes
from gtctl.sandbox.ground_truth.api import GroundTruthApi
from gtctl.sandbox.ground_truth.state import State
from gtctl.sandbox.lost_answers import answered_once
from gtctl.sandbox.one_at_a_time import WsgiApp, one_at_a_time
from gtctl.sandbox.past_jobs import PastJobs
from gtctl.sandbox.portal import Portal
from gtctl.sandbox.process import ACCOUNT, Running

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WAITING_CALLS = 1024
"""How many connections may wait to be taken: a dropped one looks to a client as if its call had not been made."""


class _QuietHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: request lines hold object keys and presigned URLs."""


def make_app(state: State, identity: str) -> WsgiApp:
    """The whole sandbox as one WSGI application."""
    moto_fixes.apply()
    moto: Any = DomainDispatcherApplication(create_backend_app)
    services = answered_once(GroundTruthApi(state, fallback=one_at_a_time(moto)))
    portal, past_jobs = Portal(state), PastJobs(state)

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/_gtctl/id":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [identity.encode()]
        if path.startswith("/_gtctl/past-jobs/"):
            return past_jobs(environ, start_response)
        if path.startswith("/_gtctl/"):
            return portal(environ, start_response)
        return services(environ, start_response)

    return app


def serve(port: int, identity: str, state_file: Path) -> None:
    """Serve until SIGTERM or SIGINT, or until the state file no longer names this process."""
    state = State(account=ACCOUNT)
    server = make_server("127.0.0.1", port, make_app(state, identity), threaded=True, request_handler=_QuietHandler)
    server.socket.listen(WAITING_CALLS)
    running = Running(
        id=identity,
        pid=os.getpid(),
        port=server.server_port,
        endpoint=f"http://127.0.0.1:{server.server_port}",
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    # The Ground Truth part is a client of the S3, Cognito and IAM beside it, over HTTP like anybody else.
    os.environ.update(running.environment())

    def stop(*_: object) -> None:
        # shutdown() waits for the serving loop, so it may not run on the loop's own thread.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with atomic_write(state_file, "wb") as stream:
        stream.write(msgspec.json.encode(running))
    threading.Thread(target=_stop_when_forgotten, args=(state_file, identity, stop), daemon=True).start()
    server.serve_forever()
    state.close()


def _stop_when_forgotten(state_file: Path, identity: str, stop: Callable[[], None]) -> None:
    """End the process once nobody can find it any more (its folder was deleted, another one took over)."""
    while True:
        time.sleep(2)
        try:
            named = msgspec.json.decode(state_file.read_bytes(), type=Running).id
        except FileNotFoundError:
            named = ""
        except (OSError, msgspec.DecodeError):
            continue
        if named != identity:
            stop()
            return


def main() -> None:
    """Run by ``gtctl sandbox up``; not meant to be called by hand."""
    parser = argparse.ArgumentParser(prog="gtctl.sandbox.server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--id", required=True)
    parser.add_argument("--state-file", type=Path, required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        serve(options.port, options.id, options.state_file)
    except OSError as error:
        sys.exit(f"cannot listen on 127.0.0.1:{options.port}: {error.strerror}")


if __name__ == "__main__":
    main()
