"""The life of a labeling job: read the dataset, hand out tasks in batches, consolidate, write the output.

One thread per job. It holds no lock while it talks to S3, and waits on the job's condition for answers.
"""

from __future__ import annotations

import logging
import time

from gtctl.sandbox.ground_truth import dataset, output_tree
from gtctl.sandbox.ground_truth.consolidation import consolidate
from gtctl.sandbox.ground_truth.errors import JobFailed
from gtctl.sandbox.ground_truth.state import DataObject, LabelingJob

DEFAULT_CONCURRENT_TASKS = 1000
DEFAULT_AVAILABILITY_SECONDS = 30 * 24 * 3600
_log = logging.getLogger(__name__)


def run(job: LabelingJob) -> None:
    """Run the job to its end. Never raises: what goes wrong becomes the job's FailureReason."""
    try:
        dataset.load(job)
        with job.changed:
            if job.status == "Initializing":
                job.set_status("InProgress")
        for iteration, batch in enumerate(_batches(job), start=1):
            if job.status != "InProgress":
                break
            _label(job, iteration, batch)
        output_tree.write_output_manifest(job)
        job.set_status("Stopped" if job.status == "Stopping" else "Completed")
    except JobFailed as failure:
        job.set_status("Failed", f"ClientError: {failure}")
    except Exception as error:
        _log.exception("job %s", job.name)
        job.set_status("Failed", f"InternalServerError: {type(error).__name__}")


def output_manifest_uri(job: LabelingJob) -> str:
    """Where the output manifest lies once the job has ended."""
    return str(output_tree.root(job).join(output_tree.OUTPUT_MANIFEST))


def _batches(job: LabelingJob) -> list[list[DataObject]]:
    size = job.request["HumanTaskConfig"].get("MaxConcurrentTaskCount", DEFAULT_CONCURRENT_TASKS)
    return [job.objects[start : start + size] for start in range(0, len(job.objects), size)]


def _label(job: LabelingJob, iteration: int, batch: list[DataObject]) -> None:
    for item in batch:
        item.image_size, item.failure = dataset.inspect(job, item)
    availability = job.request["HumanTaskConfig"].get("TaskAvailabilityLifetimeInSeconds", DEFAULT_AVAILABILITY_SECONDS)
    deadline = time.time() + availability
    with job.changed:
        for item in batch:
            item.open = item.failure is None
        job.changed.notify_all()
        while job.status == "InProgress" and any(item.open for item in batch):
            remaining = deadline - time.time()
            if remaining <= 0:
                break
            job.changed.wait(remaining)
        for item in batch:
            item.open = False
    answered = [item for item in batch if len(item.answers) >= job.workers_per_object]
    output_tree.write_worker_responses(job, iteration, answered)
    output_tree.write_consolidation_request(job, iteration, answered)
    for item in answered:
        item.label = consolidate(job, item)
    output_tree.write_consolidation_response(job, iteration, answered)
    output_tree.write_intermediate_manifest(job, iteration, batch)
