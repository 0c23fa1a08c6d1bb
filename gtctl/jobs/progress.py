"""How fast a job goes, how long it will take, and what it has cost so far, from its counters over time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from gtctl.jobs.cost import Prices, fee
from gtctl.jobs.job import Job


@dataclass(frozen=True, slots=True)
class Progress:
    """rate: objects an hour; None where nothing was done yet. left: seconds; None without a rate.

    still: seconds since a counter moved. cost: the service's fee for what is labeled.
    """

    rate: float | None
    left: float | None
    still: float
    cost: float
    currency: str

    @property
    def text(self) -> str:
        """``31 an hour, about 1 h 14 min left, 0.96 USD so far``"""
        parts = [f"{self.rate:.3g} an hour"] if self.rate else []
        parts += [f"about {duration(self.left)} left"] if self.left else []
        return ", ".join([*parts, f"{self.cost:.2f} {self.currency} so far"])


class Meter:
    """Sees a job again and again. The rate is that of the time of watching; before, that since it began."""

    def __init__(
        self,
        prices: Prices,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._prices = prices
        self._clock = clock
        self._now = now
        self._first: tuple[float, int] | None = None
        self._last: tuple[float, tuple[int, int]] | None = None

    def see(self, job: Job) -> Progress:
        """What ``job``, as it is now, tells together with what was seen before."""
        at, done = self._clock(), job.labeled + job.failed
        self._first = self._first or (at, done)
        counters = (job.labeled, job.failed)
        if self._last is None or self._last[1] != counters:
            self._last = (at, counters)
        rate = self._rate(at, done, job)
        left = job.unlabeled / rate * 3600 if rate and job.unlabeled and not job.is_final else None
        cost = fee(job.labeled, self._prices)
        return Progress(rate, left, at - self._last[0], cost, self._prices.currency)

    def _rate(self, at: float, done: int, job: Job) -> float | None:
        since, before = self._first or (at, done)
        if done > before and at > since:
            return (done - before) / (at - since) * 3600
        age = (self._now() - datetime.fromisoformat(job.created)).total_seconds()
        return done / age * 3600 if done and age > 0 else None


def duration(seconds: float) -> str:
    """``2 d 3 h``, ``1 h 14 min``, ``40 s``"""
    for unit, name, smaller, smaller_name in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= unit:
            rest = round(seconds % unit / smaller)
            return f"{int(seconds // unit)} {name}" + (f" {rest} {smaller_name}" if rest and unit > 60 else "")
    return f"{seconds:.0f} s"
