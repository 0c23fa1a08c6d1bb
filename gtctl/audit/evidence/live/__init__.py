"""Reads a whole account through boto3, in the shapes that the rules read: one module for each service.

``permissions`` is the table of all calls, ``reading`` makes them, ``failures`` words what went wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from gtctl.audit.evidence.live import cloudtrail, cognito, iam, kms, labeling_jobs, logs, messages, s3, sagemaker
from gtctl.audit.evidence.live.reading import Reader
from gtctl.audit.model import Evidence, Location, Resource
from gtctl.audit.outcome import Gap
from gtctl.errors import BadInput

__all__ = ["Account", "collect"]


@dataclass(frozen=True, slots=True)
class Account:
    """What one principal sees of an account.

    account: its id. principal: ARN of who asked, without a session's name. base: everything but labeling jobs, of all
    ``regions``.
    """

    account: str
    principal: str
    regions: tuple[str, ...]
    base: Evidence
    _reader: Reader

    def jobs(self) -> Iterator[Resource]:
        """Every labeling job that was ever run, Region by Region, the newest first. Each pass asks AWS anew.

        Raises EnvironmentFailed where the credentials end.
        """
        for region in self.regions:
            yield from labeling_jobs.stream(self._reader, region)

    @property
    def gaps(self) -> list[Gap]:
        """What could not be read so far; complete once ``jobs`` is through."""
        return self._reader.gaps

    @property
    def requests(self) -> Counter[str]:
        """How many calls were made so far, by ``service:Operation``; attempts that were repeated count once."""
        return self._reader.requests


def collect(regions: Sequence[str], *, workers: int = 8) -> Account:
    """Read the account in ``regions``, ``workers`` calls at a time.

    What may not or cannot be read becomes Unknown with its reason, and a gap. Raises BadInput without a Region,
    EnvironmentFailed where the credentials tell no account.
    """
    if not regions:
        raise BadInput("no Region to read: name one with --region")
    chosen = tuple(dict.fromkeys(regions))
    reader = Reader(chosen, workers)
    # Collectors wait for what they ask the reader's threads, so they have threads of their own.
    pool = ThreadPoolExecutor(workers, "gtctl-collector")
    try:
        parts = [pool.submit(collector, reader, chosen) for collector in _OF_ALL_REGIONS]
        parts += [pool.submit(collector, reader, region) for region in chosen for collector in _OF_A_REGION]
        resources = [resource for part in parts for resource in part.result()]
    except BaseException:
        # Interrupted, or of no use any more: nobody is to wait for hundreds of other calls.
        reader.close()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return Account(
        account=reader.account,
        principal=reader.principal,
        regions=chosen,
        base=Evidence([_caller(reader), *resources], complete=True),
        _reader=reader,
    )


def _people(reader: Reader, region: str) -> list[Resource]:
    """Workteams first: they tell which groups of the user pools are workers'."""
    teams = sagemaker.collect(reader, region)
    return [*teams, *cognito.collect(reader, region, sagemaker.worker_groups(teams))]


_OF_ALL_REGIONS = (s3.collect, iam.collect, cloudtrail.collect)
_OF_A_REGION = (_people, kms.collect, logs.collect, messages.topics, messages.queues, messages.event_rules)


def _caller(reader: Reader) -> Resource:
    """What tells rules which account is our own."""
    attributes: dict[str, Any] = {"account_id": reader.account, "id": reader.account, "arn": reader.principal}
    return Resource(
        "data.aws_caller_identity",
        "data.aws_caller_identity.this",
        attributes,
        "live",
        Location(f"aws://{reader.account}"),
    )
