"""What a job will cost, before it is launched: the service's fee per object, and the time of your own people.

The prices are data (prices.toml, or a file of the user's), each with where it comes from, and whether it was read in
something that AWS has published.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from gtctl.errors import BadInput
from gtctl.ground_truth import TASK_FUNCTIONS

Certainty = Literal["known", "unverified"]
_OWN = files("gtctl.jobs") / "prices.toml"
_Amount = Annotated[float, msgspec.Meta(ge=0, le=1e6)]


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fee for an object, up to so many objects a month; the last tier has no end."""

    price: _Amount
    up_to: Annotated[int, msgspec.Meta(gt=0)] | None = None
    source: str
    certainty: Certainty


class Labour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an answer takes of a worker's time, by task, and what an hour of it costs."""

    seconds_per_answer: dict[str, _Amount]
    wage_per_hour: _Amount
    source: str
    certainty: Certainty


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A price table."""

    currency: str
    tier: list[Tier]
    labour: Labour


@dataclass(frozen=True, slots=True)
class Load:
    """A job as far as its cost goes. task: a key of TASK_FUNCTIONS; per_object: workers for each object."""

    name: str
    task: str
    per_object: int


@dataclass(frozen=True, slots=True)
class JobCost:
    """What one job costs, in the currency of the estimate; hours are those of all workers together."""

    name: str
    task: str
    objects: int
    """Those that are labeled and paid for, retries included."""
    answers: int
    fee: float
    hours: float
    wages: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the jobs of a spec cost together, and what that rests on."""

    currency: str
    jobs: tuple[JobCost, ...]
    notes: tuple[str, ...]
    """Where the numbers come from, and what nobody has verified."""

    @property
    def fee(self) -> float:
        """The service's part."""
        return sum(job.fee for job in self.jobs)

    @property
    def total(self) -> float:
        """Fee and wages."""
        return self.fee + sum(job.wages for job in self.jobs)

    def as_text(self) -> str:
        """The estimate as a table, with what it rests on below."""
        width = max(len("job"), *(len(job.name) for job in self.jobs))
        row = f"{{:<{width}}}  {{:<12}}  {{:>9}}  {{:>9}}  {{:>8}}  {{:>11}}  {{:>11}}"
        lines = [row.format("job", "task", "objects", "answers", "hours", "fee", "wages")]
        for job in self.jobs:
            amounts = (f"{job.hours:,.1f}", f"{job.fee:,.2f}", f"{job.wages:,.2f}")
            lines.append(row.format(job.name, job.task, f"{job.objects:,}", f"{job.answers:,}", *amounts))
        lines.append(f"in all {self.total:,.2f} {self.currency}, {self.fee:,.2f} of it the service's fee. It rests on:")
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])

    def as_json(self) -> dict[str, Any]:
        """The estimate as a JSON object (schema_version 1); amounts in cents' precision."""
        jobs = [
            asdict(job) | {"fee": round(job.fee, 2), "hours": round(job.hours, 2), "wages": round(job.wages, 2)}
            for job in self.jobs
        ]
        sums = {"fee": round(self.fee, 2), "total": round(self.total, 2)}
        return {"schema_version": 1, "currency": self.currency, "jobs": jobs, **sums, "notes": list(self.notes)}


def load_prices(path: Path | None = None) -> Prices:
    """The price table in the TOML file ``path``, without it gtctl's own. Raises BadInput, with what is wrong."""
    place = path or _OWN
    try:
        document = tomllib.loads(place.read_text(encoding="utf-8"))
        prices = msgspec.convert(document, Prices)
    except OSError as error:
        raise BadInput(f"cannot read the prices in {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise BadInput(f"{path}: {error}") from error
    bounds = [tier.up_to for tier in prices.tier]
    rising = [bound for bound in bounds if bound is not None]
    if bounds != [*sorted(set(rising)), None]:
        raise BadInput(f"{path}: [[tier]] must rise in up_to, and only the last one, which must be there, has none")
    if missing := [task for task in TASK_FUNCTIONS if task not in prices.labour.seconds_per_answer]:
        raise BadInput(f"{path}: labour.seconds_per_answer lacks {', '.join(missing)}")
    return prices


def own_prices() -> str:
    """gtctl's price table, as text."""
    return _OWN.read_text(encoding="utf-8")


def count_objects(manifest: str) -> int:
    """The images that a manifest (a path or s3://bucket/key) names. Raises what gtctl.manifests does."""
    from gtctl.manifests.lines import images
    from gtctl.manifests.places import open_input

    with open_input(manifest) as stream:
        return sum(1 for _ in images(stream))


def fee(objects: int, prices: Prices, already: int = 0) -> float:
    """The service's fee for ``objects``, when ``already`` so many were labeled in this month."""
    amount, low = 0.0, 0
    for tier in prices.tier:
        high = already + objects if tier.up_to is None else tier.up_to
        amount += max(0, min(already + objects, high) - max(already, low)) * tier.price
        low = high
    return amount


def estimate(jobs: Sequence[Load], objects: int, prices: Prices, retried: float = 0.0, already: int = 0) -> Estimate:
    """What ``jobs`` cost on ``objects`` images each, one after the other in one month.

    ``retried`` is the share (0 to 1) of objects that are labeled a second time, in a job of their own, because they
    failed, expired or were sent back. ``already``: objects of the account that were labeled in this month before.
    """
    made = []
    counted = already
    for job in jobs:
        paid = objects + math.ceil(objects * retried)
        answers = paid * job.per_object
        hours = answers * prices.labour.seconds_per_answer[job.task] / 3600
        wages = hours * prices.labour.wage_per_hour
        made.append(JobCost(job.name, job.task, paid, answers, fee(paid, prices, counted), hours, wages))
        counted += paid
    return Estimate(prices.currency, tuple(made), tuple(_notes(prices, already, counted)))


def _notes(prices: Prices, start: int, end: int) -> list[str]:
    notes, low = [], 0
    for tier in prices.tier:
        if low < end and (tier.up_to is None or start < tier.up_to):
            bound = "beyond" if tier.up_to is None else f"up to {tier.up_to:,} objects a month"
            notes.append(f"{tier.certainty}: {tier.price:g} {prices.currency} per object {bound}: {tier.source}")
        low = tier.up_to or low
    return [
        *notes,
        "unverified: the fee does not grow with the number of workers, who are your own",
        "unverified: an object that fails is paid for like one that is labeled",
        f"{prices.labour.certainty}: seconds per answer, wage per hour: {prices.labour.source}",
        "not included: storage, requests, keys, taxes",
    ]
