"""Campaigns that were launched: their jobs are found by name, and known by their tag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gtctl.jobs.job import Job, campaign_of, job_of
from gtctl.jobs.tags import CAMPAIGN_TAG, PART_TAG, tags_of

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_NUMBER = re.compile(r"-[0-9]{3}")


def find(client: SageMakerClient, name: str) -> Job | None:
    """The campaign ``name``, with its jobs by number; None where there is no such campaign.

    Where a launch was cut off, the jobs that are missing are in its ``failure_reason``.
    """
    jobs: dict[str, Job] = {}
    parts = 0
    pages = client.get_paginator("list_labeling_jobs").paginate(
        NameContains=f"{name}-", PaginationConfig={"PageSize": 100}
    )
    for page in pages:
        for summary in page["LabelingJobSummaryList"]:
            job = summary["LabelingJobName"]
            if not job.startswith(name) or not _NUMBER.fullmatch(job.removeprefix(name)):
                continue
            described = client.describe_labeling_job(LabelingJobName=job)
            tags = tags_of(described)
            if tags.get(CAMPAIGN_TAG) == name:
                jobs[job] = job_of(described)
                parts = max(parts, int(tags.get(PART_TAG, "").rpartition("/")[2] or 0))
    if not jobs:
        return None
    return campaign_of(name, [jobs[job] for job in sorted(jobs)], missing=max(0, parts - len(jobs)))
