"""A labeling job, or a campaign of several, as the service describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

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
    jobs: tuple[Job, ...] = ()
    """The jobs of a campaign, whose sum this is; empty for a job."""

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
        if not self.is_final:
            return None
        if self.status == "Completed" and not self.failed and not self.unlabeled and not self.failure_reason:
            return None
        reason = f": {' '.join(self.failure_reason.split())}" if self.failure_reason else ""
        return f"{self.name} ended as {self.status}{reason} ({self.counters})"

    @property
    def counters(self) -> str:
        """``12 labeled, 1 failed, 7 unlabeled``"""
        return f"{self.labeled} labeled, {self.failed} failed, {self.unlabeled} unlabeled"

    def as_json(self) -> dict[str, Any]:
        """The job as a JSON object (schema_version 1); that of a campaign has ``jobs``."""
        found = asdict(self)
        if not self.jobs:
            del found["jobs"]
        return {"schema_version": 1, **found}


def job_of(description: Mapping[str, Any]) -> Job:
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


def campaign_of(name: str, jobs: Sequence[Job], missing: int = 0) -> Job:
    """A campaign as one Job: it is in progress as long as one of its jobs is, and has ended as the worst of them.

    ``missing``: how many of its jobs were never launched.
    """
    running = [job.status for job in jobs if not job.is_final]
    if running:
        status = running[0] if len(set(running)) == 1 else "InProgress"
    else:
        status = next(each for each in ("Failed", "Stopped", "Completed") if any(job.status == each for job in jobs))
    reasons = [f"{job.name}: {job.failure_reason}" for job in jobs if job.failure_reason]
    if missing:
        reasons.append(f"{missing} of its jobs are not launched yet: launch it again")
    return Job(
        name=name,
        arn="",
        status=status,
        labeled=sum(job.labeled for job in jobs),
        failed=sum(job.failed for job in jobs),
        unlabeled=sum(job.unlabeled for job in jobs),
        failure_reason="; ".join(reasons) or None,
        output_manifest=None,
        created=min(job.created for job in jobs),
        modified=max(job.modified for job in jobs),
        jobs=tuple(jobs),
    )
