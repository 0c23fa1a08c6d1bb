"""The workers of a Dask cluster as a crew: the same work in the same worker processes, on other machines.

Every machine reads the source itself: a folder must be mounted there under the same path, and for ``s3://`` its own
credentials must suffice. Results come back here, where all writing is done. What goes over the wire is decided by
Dask: with ``tls://`` it is encrypted, and the secret of the pseudonyms is part of it.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Any

from gtctl.errors import EnvironmentFailed
from gtctl.scans.process import Job, Outcome
from gtctl.scans.skipping import Reason
from gtctl.scans.sources import Item
from gtctl.scans.workers import Workers

AHEAD = 4
"""Files in hand for each thread of the cluster."""

_PATIENCE_SECONDS = 30
_MAKE_BYTES = ("gtctl", "numpy", "pydicom", "pillow", "isal", "pyjpegls", "pylibjpeg-libjpeg", "pylibjpeg-openjpeg")

_crews: dict[int, Workers] = {}
_crews_lock = threading.Lock()


class Cluster:
    """The crew behind a scheduler's address. Raises EnvironmentFailed where it cannot be reached or is not alike."""

    def __init__(self, address: str, job: Job) -> None:
        self._address = address
        self._job = job
        # distributed has no types.
        self._client: Any = None
        self._job_there: Any = None

    def __enter__(self) -> Cluster:
        from distributed import Client

        client: Any = Client
        # What Dask logs may quote what it works on.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        try:
            self._client = client(self._address, timeout=_PATIENCE_SECONDS, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise EnvironmentFailed(f"no Dask scheduler answers at {self._address}: is it running?") from error
        try:
            self._check_workers()
            self._job_there = self._client.submit(_as_it_is, self._job, pure=False)
        except BaseException:
            self._client.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._client.run(release, self._job.name)
        finally:
            self._client.close()

    def run(self, items: Iterable[Item]) -> Iterator[Outcome]:
        """What came of each item, in order. Dask gives the files of a worker that dies to another one."""
        in_hand: deque[Any] = deque()
        most = AHEAD * max(1, sum(self._client.nthreads().values()))
        for item in items:
            in_hand.append(self._client.submit(work, item, self._job_there, pure=False))
            if len(in_hand) >= most:
                yield self._outcome(in_hand.popleft())
        while in_hand:
            yield self._outcome(in_hand.popleft())

    def _outcome(self, future: Any) -> Outcome:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        try:
            answer: Outcome | Exception = future.result()
        except KilledWorker:
            return Outcome(reason=Reason.CRASHED)
        except (FutureCancelledError, OSError, TimeoutError) as error:
            raise EnvironmentFailed("the Dask scheduler is gone: run again to go on") from error
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _check_workers(self) -> None:
        """Other versions may make other bytes, and a run that is taken up here would make images again."""
        try:
            self._client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)
            there = self._client.run(versions)
        except TimeoutError as error:
            raise EnvironmentFailed("the Dask cluster has no workers: start some with dask worker") from error
        except ImportError as error:
            raise EnvironmentFailed("the Dask workers lack gtctl: install gtctl[dicom,scale] there") from error
        here = versions()
        for found in there.values():
            for name, wanted in here.items():
                if found.get(name) != wanted:
                    raise EnvironmentFailed(
                        f"a Dask worker has {name} {found.get(name) or '(none)'}, here it is {wanted or '(none)'}: "
                        "install the same versions"
                    )


def work(item: Item, job: Job) -> Outcome | Exception:
    """Run on the cluster: one item in a worker process of the thread's own, so that no file harms the cluster.

    What ends the run is given back, not raised: Dask would log it together with the item.
    """
    thread = threading.get_ident()
    with _crews_lock:
        crew = _crews.get(thread)
        if crew is None or crew.job.name != job.name:
            if crew:
                crew.__exit__(None, None, None)
            crew = _crews[thread] = Workers(1, job)
    try:
        return next(crew.run([item]))
    except Exception as error:
        return error


def release(name: str) -> None:
    """Run on the cluster: end the worker processes of a job."""
    with _crews_lock:
        for thread, crew in list(_crews.items()):
            if crew.job.name == name:
                del _crews[thread]
                crew.__exit__(None, None, None)


def versions() -> dict[str, str | None]:
    """The versions of what makes the bytes of images."""
    return {name: _version(name) for name in _MAKE_BYTES}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _as_it_is(job: Any) -> Any:
    """A job as a result on the cluster: unlike scattered data, it is made again when its worker dies."""
    return job
