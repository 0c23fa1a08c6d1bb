"""Worker processes on this machine: started once, fed one file after the other, and replaced when one dies.

A decoder written in C that runs into a hostile file may take its process down, eat all memory, or never end. So each
worker is a process with a pipe of its own: when it dies, that tells which file it was at, and nobody else notices.
(concurrent.futures gives up all files and all workers when one dies, and knows no time limit.)
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection, Pipe, wait
from types import TracebackType

from gtctl.errors import EnvironmentFailed
from gtctl.scans.process import Job, Outcome
from gtctl.scans.skipping import Reason
from gtctl.scans.sources import Item

AHEAD = 4
"""Files that a worker has in hand: one that it works on, and what comes next."""
MAX_WAITING_BYTES = 256 * 1024**2
"""Finished images that wait for a slow file before them, until nothing new is begun."""
READY = "ready"

_TRIES = 2
_DEATHS_AT_START = 3
_CANNOT_START = "the worker processes die as they start: is there memory enough? Try --jobs 1"
_nursery_lock = threading.Lock()
# Each worker has a core of its own; and a process with more threads than one had better not fork.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(slots=True)
class _Task:
    position: int
    item: Item
    tries: int = 0


class _Nursery:
    """A process that has imported everything once, and forks workers. It has one thread, so it may fork."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            # A session of its own: Ctrl-C reaches us only. Decoders may print what they found: nobody reads it.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "gtctl.scans.worker", str(theirs.fileno())],
                env=os.environ | _ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def fork(self) -> tuple[Connection, int]:
        """A new worker's pipe and process id. Raises OSError or EOFError where the nursery is dead."""
        ours, theirs = Pipe()
        with theirs:
            socket.send_fds(self._line, [b"x"], [theirs.fileno()])
            answer = self._line.recv(64)
        if not answer:
            raise EOFError
        return ours, int(answer)

    def stop(self) -> None:
        """End it; its workers go on."""
        self._line.close()
        self._process.kill()
        self._process.wait()


class _Worker:
    def __init__(self, job: Job) -> None:
        self.pipe, self.pid = _fork()
        self.tasks: deque[_Task] = deque()
        self.is_ready = False
        self.since = time.monotonic()
        self._send((job, dict(os.environ)))

    def give(self, task: _Task) -> None:
        if not self.tasks:
            self.since = time.monotonic()
        self.tasks.append(task)
        self._send(task.item)

    def stop(self) -> None:
        """It ends when its pipe closes, whatever it is at."""
        self.pipe.close()

    def kill(self) -> None:
        """End one that is known to be alive. Another's process id may be somebody else's by now."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def _send(self, what: object) -> None:
        # One that has died cannot be written to; it is found dead when it is read from.
        with suppress(OSError):
            self.pipe.send(what)


def _fork() -> tuple[Connection, int]:
    with _nursery_lock:
        for _ in range(_DEATHS_AT_START):
            try:
                return _nursery().fork()
            except (OSError, EOFError):
                _nursery().stop()
                _nursery.cache_clear()
    raise EnvironmentFailed(_CANNOT_START)


@cache
def _nursery() -> _Nursery:
    return _Nursery()


@dataclass(slots=True)
class Workers:
    """``jobs`` processes that treat items of a source as a job says; they live as long as the ``with`` block."""

    jobs: int
    job: Job
    _running: list[_Worker] = field(default_factory=list)
    _again: deque[_Task] = field(default_factory=deque)
    _deaths_at_start: int = 0

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        for worker in self._running:
            worker.stop()
        self._running.clear()
        self._again.clear()

    def run(self, items: Iterable[Item]) -> Iterator[Outcome]:
        """What came of each item, in the order of the items.

        An item whose worker dies is tried once more, then it is CRASHED; one that takes longer than the job's time
        limit is TOO_SLOW. Raises EnvironmentFailed where workers cannot even start, and what a worker raised that
        is not about its file: ImportError, EnvironmentFailed.
        """
        tasks = (_Task(position, item) for position, item in enumerate(items))
        done: dict[int, Outcome] = {}
        waiting = position = 0
        is_end = False
        while True:
            while position in done:
                outcome = done.pop(position)
                waiting -= outcome.size
                position += 1
                yield outcome
            is_end = not self._feed(tasks, is_end, len(done), waiting) or is_end
            if is_end and not self._again and not any(worker.tasks for worker in self._running) and not done:
                return
            for finished, outcome in self._collect():
                done[finished] = outcome
                waiting += outcome.size

    def _feed(self, tasks: Iterator[_Task], is_end: bool, done: int, waiting: int) -> bool:
        """Give every worker enough to do, and start those that are lacking. False when nothing new is left to begin."""
        for depth in range(1, AHEAD + 1):
            for number in range(self.jobs):
                worker = self._running[number] if number < len(self._running) else None
                if worker and len(worker.tasks) >= depth:
                    continue
                # What killed a worker goes first and alone: who dies at it is certain then.
                if self._again and not (worker and worker.tasks):
                    self._give(worker, self._again.popleft())
                    continue
                too_much = waiting > MAX_WAITING_BYTES or done > AHEAD * 8 * self.jobs
                if is_end or too_much or (worker and any(task.tries for task in worker.tasks)):
                    continue
                task = next(tasks, None)
                if task is None:
                    return False
                self._give(worker, task)
        return True

    def _give(self, worker: _Worker | None, task: _Task) -> None:
        if worker is None:
            worker = _Worker(self.job)
            self._running.append(worker)
        worker.give(task)

    def _collect(self) -> Iterator[tuple[int, Outcome]]:
        """Wait until some worker has finished, died, or run out of time."""
        limit = self.job.time_limit
        busy = {worker.pipe: worker for worker in self._running if worker.tasks or not worker.is_ready}
        working = [each for each in busy.values() if each.tasks and each.is_ready]
        patience = min((limit - (time.monotonic() - each.since) for each in working), default=limit)
        for pipe in wait(list(busy), max(0.0, patience) + 0.01):
            assert isinstance(pipe, Connection)  # noqa: S101
            worker = busy.pop(pipe)
            try:
                answer = pipe.recv()
            except (EOFError, OSError):
                yield from self._died(worker)
                continue
            worker.since = time.monotonic()
            if answer == READY:
                worker.is_ready = True
                self._deaths_at_start = 0
            elif isinstance(answer, Exception):
                self._stop()
                raise answer
            else:
                yield worker.tasks.popleft().position, answer
        for worker in busy.values():
            if worker in working and time.monotonic() - worker.since > limit and not worker.pipe.poll():
                worker.kill()
                yield from self._lost(worker, Reason.TOO_SLOW)

    def _died(self, worker: _Worker) -> Iterator[tuple[int, Outcome]]:
        if worker.is_ready:
            yield from self._lost(worker, Reason.CRASHED)
            return
        # Before it was ready it had begun nothing.
        self._deaths_at_start += 1
        if self._deaths_at_start == _DEATHS_AT_START:
            self._stop()
            raise EnvironmentFailed(_CANNOT_START)
        yield from self._lost(worker, None)

    def _lost(self, worker: _Worker, reason: Reason | None) -> Iterator[tuple[int, Outcome]]:
        """Take a worker's tasks back; the first of them is to blame, if there is a reason."""
        self._running.remove(worker)
        worker.stop()
        tasks = list(worker.tasks)
        if tasks and reason:
            tasks[0].tries += 1
            if tasks[0].tries == _TRIES or reason is Reason.TOO_SLOW:
                yield tasks.pop(0).position, Outcome(reason=reason)
        self._again.extend(tasks)
