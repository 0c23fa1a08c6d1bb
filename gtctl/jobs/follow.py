"""Labeling jobs that run or have run: describe, list, stop, and watch one to its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gtctl import aws, service_model
from gtctl.errors import BadInput, EnvironmentFailed

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.literals import LabelingJobStatusType

FINAL_STATUSES = frozenset({"Completed", "Failed", "Stopped"})


@dataclass(frozen=True, slots=True)
class Job:
    """A labeling job as the service describes it."""

    name: str
    arn: str
    status: str
    """Initializing, InProgress, Stopping, Completed, Failed or Stopped."""
    labeled: int
    """Objects that have their labels, from people or from a model."""
    failed: int
    """Objects that cannot be labeled (FailedNonRetryableError): unreadable, or their tasks failed."""
    unlabeled: int
    """Objects without labels: still to be done, or at the end left over."""
    failure_reason: str | None
    output_manifest: str | None
    """S3 URI of the output manifest."""
    created: str
    """ISO 8601 with time zone."""
    modified: str

    @property
    def is_final(self) -> bool:
        """Whether the job has come to its end, good or bad."""
        return self.status in FINAL_STATUSES

    @property
    def total(self) -> int:
        """How many objects the job knows of."""
        return self.labeled + self.failed + self.unlabeled

    @property
    def trouble(self) -> str | None:
        """Why an ended job did not end well, with its counters; None while it runs and when all is labeled."""
        if not self.is_final or (self.status == "Completed" and not self.failed and not self.unlabeled):
            return None
        reason = f": {' '.join(self.failure_reason.split())}" if self.failure_reason else ""
        return f"{self.name} ended as {self.status}{reason} ({self.counters})"

    @property
    def counters(self) -> str:
        """``12 labeled, 1 failed, 7 unlabeled``"""
        return f"{self.labeled} labeled, {self.failed} failed, {self.unlabeled} unlabeled"

    def as_json(self) -> dict[str, Any]:
        """The job as a JSON object (schema_version 1)."""
        return {"schema_version": 1, **asdict(self)}


def describe(name: str, region: str | None = None) -> Job:
    """The labeling job ``name`` in ``region`` (default: the environment's). Raises BadInput if there is none."""
    client: SageMakerClient = aws.client("sagemaker", region)
    return _describe(client, name)


def find(client: SageMakerClient, name: str) -> Mapping[str, Any] | None:
    """The DescribeLabelingJob answer for ``name``, or None where no such job exists."""
    found = service_model.problems("DescribeLabelingJob", {"LabelingJobName": name})
    if found:
        raise BadInput(f"{name!r} cannot be a labeling job's name: it {found[0].message}")
    try:
        return client.describe_labeling_job(LabelingJobName=name)
    except ClientError as error:
        details = error.response.get("Error", {})
        # Declared is ResourceNotFound; SageMaker's other Describe calls say it with a ValidationException.
        if details.get("Code") == "ResourceNotFound" or (
            details.get("Code") == "ValidationException" and "not found" in details.get("Message", "").lower()
        ):
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
            yield _job(summary)


def stop(name: str, region: str | None = None) -> Job:
    """Ask the service to stop ``name`` unless it has ended already; the job as it is afterwards.

    Objects that have their labels keep them. Raises BadInput if there is no such job.
    """
    client: SageMakerClient = aws.client("sagemaker", region)
    job = _describe(client, name)
    if job.is_final or job.status == "Stopping":
        return job
    client.stop_labeling_job(LabelingJobName=name)
    return _describe(client, name)


def watch(
    name: str,
    *,
    region: str | None = None,
    interval: float = 15.0,
    timeout: float | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Job]:
    """The job ``name`` every ``interval`` seconds, until it has ended; the last one yielded is the ended job.

    Raises BadInput if there is no such job, and EnvironmentFailed when it still runs after ``timeout`` seconds;
    the job goes on either way.
    """
    client: SageMakerClient = aws.client("sagemaker", region)
    deadline = None if timeout is None else clock() + timeout
    while True:
        job = _describe(client, name)
        yield job
        if job.is_final:
            return
        remaining = interval if deadline is None else min(interval, deadline - clock())
        if remaining <= 0:
            raise EnvironmentFailed(
                f"{name} is still {job.status} after {timeout:g} s ({job.counters}); "
                f"it goes on, follow it with: gtctl job watch {name}"
            )
        sleep(remaining)


def _describe(client: SageMakerClient, name: str) -> Job:
    description = find(client, name)
    if description is None:
        raise BadInput(f"there is no labeling job {name} in {client.meta.region_name}; see: gtctl job list")
    return _job(description)


def _job(description: Mapping[str, Any]) -> Job:
    """A Job from an answer of DescribeLabelingJob or an entry of ListLabelingJobs."""
    counters = description.get("LabelCounters", {})
    return Job(
        name=description["LabelingJobName"],
        arn=description["LabelingJobArn"],
        status=description["LabelingJobStatus"],
        labeled=counters.get("TotalLabeled", 0),
        failed=counters.get("FailedNonRetryableError", 0),
        unlabeled=counters.get("Unlabeled", 0),
        failure_reason=description.get("FailureReason") or None,
        output_manifest=description.get("LabelingJobOutput", {}).get("OutputDatasetS3Uri") or None,
        created=description["CreationTime"].isoformat(),
        modified=description["LastModifiedTime"].isoformat(),
    )
