"""A worker process: takes a job, then items, one after the other, and answers each with its outcome.

Workers are forked from one process, the nursery, that has imported all that is heavy.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import ClassVar

from gtctl.errors import EnvironmentFailed
from gtctl.scans.process import Anew, Job, import_all, treat
from gtctl.scans.sources import Item
from gtctl.scans.workers import AHEAD, READY

_GRACE = 2
"""A worker whose parent has died ends itself after so many time limits, even in a decoder that never returns."""


@dataclass(frozen=True, slots=True)
class _Early:
    """An item that is being read while others are worked on."""

    content: Future[bytes]
    read_ahead: ClassVar[bool] = True
    place: ClassVar[str] = ""

    def read(self) -> bytes:
        return self.content.result()


def nursery(line: socket.socket) -> None:
    """Fork a worker for each pipe that comes down the line, and answer with its process id, until the line closes."""
    with suppress(ImportError):
        import_all()
    # Nobody waits for the workers: the system clears them away.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        _, handles, _, _ = socket.recv_fds(line, 1, 1)
        if not handles:
            return
        pid = os.fork()
        if not pid:
            line.close()
            try:
                work(Connection(handles[0]))
            finally:
                os._exit(1)
        os.close(handles[0])
        line.send(str(pid).encode())


def work(pipe: Connection) -> None:
    """Work until the other end of the pipe is closed."""
    nowhere = open(os.devnull, "w")  # noqa: SIM115, PTH123 - for as long as the process lives
    job: Job
    job, environment = pipe.recv()
    os.environ.clear()
    os.environ.update(environment)
    try:
        import_all()
        pipe.send(READY)
        for item in _incoming(pipe):
            faulthandler.dump_traceback_later(_GRACE * job.time_limit, exit=True, file=nowhere)
            pipe.send(treat(item, job))
            faulthandler.cancel_dump_traceback_later()
    except (ImportError, EnvironmentFailed) as error:
        # Not this file's trouble: it ends the run.
        pipe.send(error)


def _incoming(pipe: Connection) -> Iterator[Item]:
    """The items as they come in. When the pipe is closed nobody waits for an answer, and the process ends at once."""
    items: SimpleQueue[Item] = SimpleQueue()
    readers = ThreadPoolExecutor(AHEAD)

    def receive() -> None:
        try:
            while True:
                item: Item = pipe.recv()
                items.put(_early(item, readers) if item.read_ahead else item)
        finally:
            os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    while True:
        yield items.get()


def _early(item: Item, readers: Executor) -> Item:
    early = _Early(readers.submit(item.read))
    return Anew(early) if isinstance(item, Anew) else early


if __name__ == "__main__":
    # Not as __main__: what is pickled here must be found under its name there.
    from gtctl.scans import worker

    worker.nursery(socket.socket(fileno=int(sys.argv[1])))
