"""Where labeling jobs left their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gtctl import aws
from gtctl.errors import BadInput
from gtctl.jobs import follow
from gtctl.jobs.job import FINAL_STATUSES

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


def outputs(names: Sequence[str]) -> tuple[list[str], str | None]:
    """The output manifests of jobs (S3 URIs), and the label attribute that all of them wrote, None where they differ.

    Raises BadInput for a job that is not there or not at its end, and botocore's errors.
    """
    client: SageMakerClient = aws.client("sagemaker")
    manifests, attributes = [], set()
    for name in names:
        job = follow.find(client, name)
        if job is None:
            raise BadInput(f"there is no labeling job {name} in {client.meta.region_name}; see: gtctl job list")
        manifest = job.get("LabelingJobOutput", {}).get("OutputDatasetS3Uri")
        if job["LabelingJobStatus"] not in FINAL_STATUSES or not manifest:
            raise BadInput(f"{name} is {job['LabelingJobStatus']} without an output manifest: gtctl job watch waits")
        manifests.append(manifest)
        attributes.add(job["LabelAttributeName"])
    return manifests, attributes.pop() if len(attributes) == 1 else None
