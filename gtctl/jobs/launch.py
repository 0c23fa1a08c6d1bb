"""Start a labeling job: refuse what must not start, upload its files encrypted, and create it exactly once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gtctl import aws
from gtctl.errors import Refused
from gtctl.jobs import follow
from gtctl.jobs.check import require_launchable
from gtctl.jobs.render import DIGEST_TAG, Rendered, launch_digest, uploads, with_digest
from gtctl.jobs.rules import region_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True, slots=True)
class LaunchedJob:
    """A job that exists now."""

    name: str
    arn: str
    region: str
    already_there: bool
    """Whether an earlier launch of the same job had created it."""


def launch(rendered: Rendered) -> LaunchedJob:
    """Launch ``rendered`` in its workteam's Region; launched before from the same request and files, do nothing.

    What is refused or wrong is found before a client is made. The files are encrypted with the output key.
    Raises Refused and BadInput as gtctl.jobs.check does, Refused too when the name belongs to another job,
    and botocore's errors.
    """
    require_launchable(rendered)
    request: Any = with_digest(rendered).request
    name, digest = request["LabelingJobName"], launch_digest(rendered)
    region = region_of(request["HumanTaskConfig"]["WorkteamArn"])
    sagemaker: SageMakerClient = aws.client("sagemaker", region)

    existing = follow.find(sagemaker, name)
    if existing is None:
        _upload(rendered)
        try:
            arn = sagemaker.create_labeling_job(**request)["LabelingJobArn"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ResourceInUse":
                raise
            # Somebody was faster, or an answer got lost on the way and the call was sent again.
            existing = follow.find(sagemaker, name)
            if existing is None:
                raise Refused(f"the name {name} is in use (names differ by more than case); choose another") from error
        else:
            return LaunchedJob(name, arn, sagemaker.meta.region_name, already_there=False)
    _require_same(existing, digest)
    return LaunchedJob(name, existing["LabelingJobArn"], sagemaker.meta.region_name, already_there=True)


def _require_same(existing: Mapping[str, Any], digest: str) -> None:
    name = existing["LabelingJobName"]
    theirs = next((tag["Value"] for tag in existing.get("Tags", []) if tag["Key"] == DIGEST_TAG), None)
    if theirs == digest:
        return
    origin = "was not launched by gtctl" if theirs is None else "was launched from another spec, manifest or template"
    raise Refused(
        f"a job {name} exists already ({existing['LabelingJobStatus']}) and {origin}: "
        f"give this one another name, or see: gtctl job status {name}"
    )


def _upload(rendered: Rendered) -> None:
    request = rendered.request
    s3: S3Client = aws.client("s3", region_of(request["HumanTaskConfig"]["WorkteamArn"]))
    for file in uploads(rendered):
        place = aws.parse_s3_uri(file.uri)
        s3.put_object(
            Bucket=place.bucket,
            Key=place.key,
            Body=file.content,
            ContentType=file.content_type,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=request["OutputConfig"]["KmsKeyId"],
        )
