"""The files a job leaves in S3, in the layout the service documents, encrypted with the job's key.

Source: Developer Guide, "Labeling job output data".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from gtctl.aws import S3Location, parse_s3_uri
from gtctl.sandbox.ground_truth.cloud import client
from gtctl.sandbox.ground_truth.state import Answer, DataObject, Json, LabelingJob

OUTPUT_MANIFEST = "manifests/output/output.manifest"


def root(job: LabelingJob) -> S3Location:
    """The job's folder: the output path and the job's name."""
    return parse_s3_uri(job.request["OutputConfig"]["S3OutputPath"]).join(job.name)


def write_worker_responses(job: LabelingJob, iteration: int, answered: list[DataObject]) -> None:
    """Each object's raw answers with who gave them, one file per object."""
    for item in answered:
        name = f"annotations/worker-response/iteration-{iteration}/{item.id}/{_file_time()}.json"
        _put(job, name, msgspec.json.encode({"answers": [_worker_answer(a) for a in item.answers]}))


def write_consolidation_request(job: LabelingJob, iteration: int, answered: list[DataObject]) -> None:
    """What goes into consolidation."""
    document = [
        {
            "datasetObjectId": str(item.id),
            "dataObject": {"s3Uri": item.uri},
            "annotations": [
                {
                    "workerId": answer.worker_id,
                    "annotationData": {"content": msgspec.json.encode(answer.content).decode()},
                    "workerMetadata": _identity(answer),
                }
                for answer in item.answers
            ],
        }
        for item in answered
    ]
    _put(job, f"{_consolidation('request', iteration)}/{_file_time()}.json", msgspec.json.encode(document))


def write_consolidation_response(job: LabelingJob, iteration: int, answered: list[DataObject]) -> None:
    """What comes out of consolidation."""
    document = [
        {"datasetObjectId": str(item.id), "consolidatedAnnotation": {"content": item.label}} for item in answered
    ]
    _put(job, f"{_consolidation('response', iteration)}/{_file_time()}.json", msgspec.json.encode(document))


def write_intermediate_manifest(job: LabelingJob, iteration: int, batch: list[DataObject]) -> None:
    """The batch's lines with their labels."""
    _put(job, f"annotations/intermediate/{iteration}/annotations.manifest", _lines(job, batch))


def write_output_manifest(job: LabelingJob) -> None:
    """The augmented manifest: every input line in its order, with label, failure, or unchanged."""
    _put(job, OUTPUT_MANIFEST, _lines(job, job.objects))


def _lines(job: LabelingJob, items: Iterable[DataObject]) -> bytes:
    return b"".join(msgspec.json.encode(_augmented(job, item)) + b"\n" for item in items)


def _augmented(job: LabelingJob, item: DataObject) -> Json:
    if item.label is not None:
        return {**item.line, **item.label}
    if item.failure is not None:
        attribute = job.request["LabelAttributeName"]
        metadata = {
            "failure-reason": item.failure,
            "type": job.label_type,
            "job-name": f"labeling-job/{job.name}",
        }
        return {**item.line, f"{attribute}-metadata": metadata}
    return item.line


def _worker_answer(answer: Answer) -> Json:
    return {
        "acceptanceTime": _iso(answer.accepted),
        "submissionTime": _iso(answer.submitted),
        "timeSpentInSeconds": round(answer.submitted - answer.accepted, 3),
        "workerId": answer.worker_id,
        "answerContent": answer.content,
        "workerMetadata": _identity(answer),
    }


def _identity(answer: Answer) -> Json:
    return {"identityData": {"identityProviderType": "Cognito", "issuer": answer.issuer, "sub": answer.worker_sub}}


def _consolidation(part: str, iteration: int) -> str:
    return f"annotations/consolidated-annotation/consolidation-{part}/iteration-{iteration}"


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _file_time() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d_%H:%M:%S")


def _put(job: LabelingJob, name: str, body: bytes) -> None:
    location = root(job).join(name)
    key = job.request["OutputConfig"].get("KmsKeyId")
    # Without a key of the customer's, the service uses the AWS managed key of S3.
    encryption = {"ServerSideEncryption": "aws:kms", **({"SSEKMSKeyId": key} if key else {})}
    client("s3", job.region).put_object(Bucket=location.bucket, Key=location.key, Body=body, **encryption)
