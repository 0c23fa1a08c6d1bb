"""Scans of a source to PNG images and their ledger. A run that was cut off goes on where it was.

Workers make of each file what is to be written (``process``); all writing is done here, in the order of the files:
first the images, each whole or not at all, then their lines in the ledger. So whatever the ledger names is there.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import msgspec

from gtctl.aws import parse_s3_uri
from gtctl.errors import EnvironmentFailed
from gtctl.files import atomic_write
from gtctl.manifests.places import JSON_LINES, is_s3
from gtctl.scans import ledger, ledger_store, s3, sources, targets
from gtctl.scans.deidentify.key_file import KeyFile
from gtctl.scans.known import Known, known
from gtctl.scans.process import Anew, Job, Outcome, Settings, treat
from gtctl.scans.skipping import Reason
from gtctl.scans.sources import Item
from gtctl.scans.summary import Quarantined, Summary

QUARANTINE_FILE = "quarantine.jsonl"

_MAX_PENDING_BYTES = 64 * 1024**2
_MAX_PENDING_FILES = 256


@dataclass(frozen=True, slots=True)
class How:
    """How a run works: none of this shows in the images.

    ledger: a path or s3://bucket/key; ``ledger.jsonl`` at the destination unless given. kms_key_arn: encrypts what is
    put in S3. jobs: worker processes; 0 works in this process, where a decoder that crashes takes all down.
    scheduler: address of a Dask scheduler whose workers do the work. time_limit: seconds for one file.
    dry_run: write nothing.
    """

    ledger: str | None = None
    kms_key_arn: str | None = None
    jobs: int = 0
    scheduler: str | None = None
    time_limit: float = 300.0
    dry_run: bool = False


class Crew(Protocol):
    """Those who do the work: ``run`` gives the outcome of each item, in the order of the items."""

    def run(self, items: Iterable[Item]) -> Iterator[Outcome]:
        """Raises EnvironmentFailed or ImportError where the run cannot go on."""


def prepare(
    source: str,
    destination: str,
    settings: Settings | None = None,
    how: How | None = None,
    on_file: Callable[[], None] = lambda: None,
    key_file: KeyFile | None = None,
) -> Summary:
    """Turn the DICOM files of ``source`` into PNG images at ``destination``, and say what became of each file.

    Both are places: paths or ``s3://bucket/prefix``. ``on_file`` is called after each file. ``key_file`` gives the
    pseudonyms, in place of the settings', and takes down whose they are. A file that cannot be used is quarantined and
    never stops the run; a file of which one frame fails leaves none. Raises BadInput for a wrong source or missing
    key, EnvironmentFailed where something cannot be written, and botocore's errors.
    """
    settings, how = settings or Settings(), how or How()
    if key_file:
        settings = replace(settings, pseudonyms=key_file.pseudonyms, with_identity=True)
    start = time.monotonic()
    target = targets.open_target(destination, how.kms_key_arn)
    ledger_place = how.ledger or beside(destination, ledger.FILE_NAME)
    items = sources.items(source, destination)
    with ExitStack() as stack:
        store = ledger_store.open_store(ledger_place, how.kms_key_arn, how.dry_run)
        stack.callback(store.close)
        there = known(store.known(), settings)
        crew = stack.enter_context(_crew(how, Job(settings, there.sources, how.time_limit)))
        if not how.dry_run:
            target.begin()
            stack.callback(target.end)
        run = stack.enter_context(_Run(settings, target, store, key_file, there, Summary(dry_run=how.dry_run), on_file))
        run.take_all(crew, items)
    summary = run.summary
    summary.quarantined.sort(key=lambda each: each.position)
    if not how.dry_run:
        _write_quarantine(summary, beside(ledger_place, QUARANTINE_FILE, is_file=True), how.kms_key_arn)
    summary.seconds = time.monotonic() - start
    return summary


def beside(place: str, name: str, is_file: bool = False) -> str:
    """The place of a file in the folder or prefix ``place``, or beside the file ``place``."""
    if is_s3(place):
        folder = place.rpartition("/")[0] if is_file else place.rstrip("/")
        return f"{folder}/{name}"
    return str((Path(place).parent if is_file else Path(place)) / name)


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class _InThisProcess:
    job: Job

    def run(self, items: Iterable[Item]) -> Iterator[Outcome]:
        return (treat(item, self.job) for item in items)

    def __enter__(self) -> _InThisProcess:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing was started."""


def _crew(how: How, job: Job) -> AbstractContextManager[Crew]:
    if how.scheduler:
        from gtctl.scans.cluster import Cluster

        return Cluster(how.scheduler, job)
    if how.jobs:
        from gtctl.scans.workers import Workers

        return Workers(how.jobs, job)
    return _InThisProcess(job)


@dataclass(slots=True)
class _Pending:
    """A file whose images are being written, or looked for where an earlier run made them."""

    position: int
    item: Item
    outcome: Outcome
    futures: list[Future[bool]]


@dataclass(slots=True)
class _Run:
    """Takes outcomes in the order of the files, writes what they hold, and books what has been written."""

    settings: Settings
    target: targets.Target
    store: ledger_store.Store
    key_file: KeyFile | None
    there: Known
    summary: Summary
    on_file: Callable[[], None]
    _seen: set[bytes] = field(default_factory=set)
    _pending: deque[_Pending] = field(default_factory=deque)
    _pending_bytes: int = 0
    _anew: list[tuple[int, Item]] = field(default_factory=list)
    _writers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(s3.AT_A_TIME))

    def __enter__(self) -> _Run:
        return self

    def __exit__(self, *error: object) -> None:
        self._writers.shutdown(cancel_futures=True)
        # Cut off: what was written by now need not be done again.
        with suppress(EnvironmentFailed):
            self._book_while(lambda first: all(map(_has_succeeded, first.futures)))

    def take_all(self, crew: Crew, items: Iterable[Item]) -> None:
        """Take every item; those whose images have been lost or changed since an earlier run come again at the end."""
        given: deque[Item] = deque()

        def remembered() -> Iterator[Item]:
            for item in items:
                given.append(item)
                yield item

        for position, outcome in enumerate(crew.run(remembered()), start=1):
            self.summary.files += 1
            self.summary.bytes_in += outcome.source_bytes
            self._take(position, given.popleft(), outcome)
            self.on_file()
        self._book_until(0, 0)
        again = self._anew
        outcomes = crew.run(Anew(item) for _, item in again)
        for (position, item), outcome in zip(again, outcomes, strict=True):
            self._write_or_refuse(position, item, outcome)
        self._book_until(0, 0)

    def _take(self, position: int, item: Item, outcome: Outcome) -> None:
        if outcome.reason or outcome.source_sha256 is None:
            self._quarantine(position, outcome, outcome.reason or Reason.BROKEN)
            return
        digest = bytes.fromhex(outcome.source_sha256)
        if digest in self._seen:
            self.summary.duplicates += 1
        elif outcome.instance and self.there.instances.setdefault(outcome.instance, digest) != digest:
            self._quarantine(position, outcome, Reason.DUPLICATE_INSTANCE)
        else:
            self._seen.add(digest)
            if outcome.is_known:
                files = self.there.files(digest).items()
                futures = [self._writers.submit(self.target.holds, *each) for each in files]
                self._wait_for(_Pending(position, item, outcome, futures))
            else:
                self._write_or_refuse(position, item, outcome)

    def _write_or_refuse(self, position: int, item: Item, outcome: Outcome) -> None:
        if outcome.reason:
            self._quarantine(position, outcome, outcome.reason)
            return
        futures = []
        if not self.summary.dry_run:
            futures = [self._writers.submit(self.target.put, each.name, each.content) for each in outcome.files]
        self._wait_for(_Pending(position, item, outcome, futures))

    def _quarantine(self, position: int, outcome: Outcome, reason: Reason) -> None:
        self.summary.quarantined.append(Quarantined(position, outcome.source_sha256, reason, outcome.where))

    def _wait_for(self, pending: _Pending) -> None:
        self._pending.append(pending)
        self._pending_bytes += pending.outcome.size
        self._book_until(_MAX_PENDING_FILES, _MAX_PENDING_BYTES)

    def _book_until(self, files: int, size: int) -> None:
        """Book what is written, in order; wait for the first while more than so many files or bytes are pending."""
        self._book_while(
            lambda first: (
                len(self._pending) > files
                or self._pending_bytes > size
                or all(future.done() for future in first.futures)
            )
        )

    def _book_while(self, is_due: Callable[[_Pending], bool]) -> None:
        """Book the first of what is pending while it is due. Whose images they are is on record before they are."""
        written: list[_Pending] = []
        try:
            while self._pending and is_due(self._pending[0]):
                first = self._pending[0]
                results = [future.result() for future in first.futures]
                self._pending.popleft()
                self._pending_bytes -= first.outcome.size
                if first.outcome.is_known:
                    self._book_known(first, all(results))
                else:
                    written.append(first)
        finally:
            self._book_written(written)

    def _book_known(self, known: _Pending, is_whole: bool) -> None:
        if not is_whole:
            self._anew.append((known.position, known.item))
            return
        digest, summary = bytes.fromhex(known.outcome.source_sha256 or ""), self.summary
        summary.already_there += 1
        summary.images_already_there += self.there.images(digest)
        if self.there.pseudonyms(digest) != self.settings.pseudonyms_id:
            summary.other_pseudonyms += self.there.images(digest)

    def _book_written(self, written: list[_Pending]) -> None:
        if not self.summary.dry_run:
            if self.key_file:
                self.key_file.append(
                    msgspec.structs.replace(each.outcome.identity, source=each.item.place)
                    for each in written
                    if each.outcome.identity
                )
            self.store.append([entry for each in written for entry in each.outcome.entries])
        for each in written:
            self.summary.prepared += 1
            self.summary.images_prepared += len(each.outcome.entries)
            self.summary.objects_prepared += each.outcome.objects
            self.summary.bytes_out += each.outcome.size


def _has_succeeded(future: Future[bool]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _write_quarantine(summary: Summary, place: str, kms_key_arn: str | None) -> None:
    """The list of this run; without one, that of an earlier run must not stay."""
    if is_s3(place):
        s3.put(parse_s3_uri(place), summary.quarantine_lines(), JSON_LINES, kms_key_arn or "")
    elif summary.quarantined:
        with atomic_write(Path(place), "wb") as stream:
            stream.write(summary.quarantine_lines())
    else:
        Path(place).unlink(missing_ok=True)
