"""Labeling jobs and campaigns that run or have run: describe, list, stop, and watch one to its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gtctl import aws, service_model
from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.jobs import campaign
from gtctl.jobs.job import Job, job_of

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.literals import LabelingJobStatusType

LOOKS_IN_VAIN = 3
"""So many looks may fail one after the other, each with all of the client's own attempts, before watching ends."""

_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
# What passes by itself, besides answers of 500 and more and connections that break.
_THROTTLED = ("Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "SlowDown")


def describe(name: str, region: str | None = None) -> Job:
    """The labeling job or campaign ``name`` in ``region`` (default: the environment's).

    Raises BadInput if there is none.
    """
    client: SageMakerClient = aws.client("sagemaker", region)
    return _describe(client, name)


def describe_campaign(name: str, region: str | None = None) -> Job:
    """The campaign ``name``. Raises BadInput if there is none."""
    client: SageMakerClient = aws.client("sagemaker", region)
    found = campaign.find(client, name)
    if found is None:
        raise BadInput(f"there is no campaign {name} in {client.meta.region_name}; see: gtctl job list")
    return found


def find(client: SageMakerClient, name: str) -> Mapping[str, Any] | None:
    """The DescribeLabelingJob answer for ``name``, or None where no such job exists."""
    found = service_model.problems("DescribeLabelingJob", {"LabelingJobName": name})
    if found:
        raise BadInput(f"{name!r} cannot be a labeling job's name: it {found[0].message}")
    try:
        return client.describe_labeling_job(LabelingJobName=name)
    except ClientError as error:
        if aws.says_not_found(error):
            return None
        raise


def list_jobs(status: LabelingJobStatusType | None = None, region: str | None = None) -> Iterator[Job]:
    """Every labeling job of the account in ``region``, newest first; only those in ``status`` where given."""
    client: SageMakerClient = aws.client("sagemaker", region)
    only: Any = {"StatusEquals": status} if status else {}
    pages = client.get_paginator("list_labeling_jobs").paginate(
        SortBy="CreationTime", SortOrder="Descending", PaginationConfig={"PageSize": 100}, **only
    )
    for page in pages:
        for summary in page["LabelingJobSummaryList"]:
            yield job_of(summary)


def stop(name: str, region: str | None = None) -> Job:
    """Ask the service to stop ``name``, or all jobs of that campaign, unless ended already; as it is afterwards.

    Objects that have their labels keep them. Raises BadInput if there is no such job.
    """
    client: SageMakerClient = aws.client("sagemaker", region)
    job = _describe(client, name)
    running = [each for each in job.jobs or (job,) if not each.is_final and each.status != "Stopping"]
    for each in running:
        client.stop_labeling_job(LabelingJobName=each.name)
    return _describe(client, name) if running else job


def watch(
    name: str,
    *,
    region: str | None = None,
    interval: float = 15.0,
    timeout: float | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Job]:
    """The job or campaign ``name`` every ``interval`` seconds, until it has ended; the last one yielded has.

    What passes by itself (throttling, broken connections) is waited for. Raises BadInput if there is no such job, and
    EnvironmentFailed when it still runs after ``timeout`` seconds, or when AWS answers no longer (the credentials
    have ended); the job goes on either way.
    """
    client: SageMakerClient = aws.client("sagemaker", region)
    deadline = None if timeout is None else clock() + timeout
    in_vain = 0
    job: Job | None = None
    while True:
        try:
            job = _describe(client, name)
            in_vain = 0
        except (ClientError, BotoCoreError) as error:
            in_vain += 1
            if in_vain == LOOKS_IN_VAIN or not _passes(error):
                raise EnvironmentFailed(_lost(name, error)) from error
        if job and not in_vain:
            yield job
            if job.is_final:
                return
        remaining = interval if deadline is None else min(interval, deadline - clock())
        if remaining <= 0:
            seen = f"still {job.status} after {timeout:g} s ({job.counters})" if job else "not to be seen"
            raise EnvironmentFailed(f"{name} is {seen}; it goes on, follow it with: gtctl job watch {name}")
        sleep(remaining)


def _describe(client: SageMakerClient, name: str) -> Job:
    description = find(client, name)
    if description is not None:
        return job_of(description)
    found = campaign.find(client, name)
    if found is None:
        raise BadInput(f"there is no labeling job {name} in {client.meta.region_name}; see: gtctl job list")
    return found


def _passes(error: Exception) -> bool:
    """Whether waiting may help."""
    if not isinstance(error, ClientError):
        return True
    code = error.response.get("Error", {}).get("Code", "")
    return code in _THROTTLED or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) >= 500


def _lost(name: str, error: Exception) -> str:
    code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
    why = "the AWS credentials have ended: renew them" if code in _EXPIRED else aws.explain(error)
    return f"{why}; {name} goes on, follow it with: gtctl job watch {name}"
