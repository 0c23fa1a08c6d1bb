"""Start a training job, exactly once: the name is the lock, and the digest of the request, a tag, says whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gtctl import aws
from gtctl.errors import Refused
from gtctl.jobs.render import DIGEST_TAG
from gtctl.train.render import digest

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True, slots=True)
class LaunchedTraining:
    """A training job that exists now; ``already_there`` says whether an earlier launch had created it."""

    name: str
    arn: str
    status: str
    already_there: bool


def launch(request: Mapping[str, Any], region: str | None = None) -> LaunchedTraining:
    """Create the training job of a rendered request in ``region`` (default: the environment's), or find it.

    Raises Refused where the name belongs to another job, and botocore's errors.
    """
    client: SageMakerClient = aws.client("sagemaker", region)
    if existing := _find(client, request):
        return existing
    wanted: Any = request
    try:
        arn = client.create_training_job(**wanted)["TrainingJobArn"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceInUse":
            raise
        # Somebody was faster, or an answer got lost on the way and the call was sent again.
        existing = _find(client, request)
        if existing is None:
            raise
        return existing
    return LaunchedTraining(request["TrainingJobName"], arn, "InProgress", already_there=False)


def _find(client: SageMakerClient, request: Mapping[str, Any]) -> LaunchedTraining | None:
    """The job of this name, which has to be the one of this request."""
    name = request["TrainingJobName"]
    try:
        job = client.describe_training_job(TrainingJobName=name)
    except ClientError as error:
        if aws.says_not_found(error):
            return None
        raise
    arn = job["TrainingJobArn"]
    pages = client.get_paginator("list_tags").paginate(ResourceArn=arn)
    tags = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    if tags.get(DIGEST_TAG) != digest(dict(request)):
        origin = "from another spec" if DIGEST_TAG in tags else "not by gtctl"
        raise Refused(
            f"a training job {name} exists already ({job['TrainingJobStatus']}) and was launched {origin}: "
            "give this one another name"
        )
    return LaunchedTraining(name, arn, job["TrainingJobStatus"], already_there=True)
