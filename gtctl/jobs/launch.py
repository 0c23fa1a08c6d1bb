"""Start a labeling job, exactly once, whatever breaks on the way.

Who a job is comes from its request, its files and its manifest's content: their hashes are tags of the job. The name
is the lock: the service creates one job of a name, in one step, with these tags. So a launch that was cut off anywhere
is run again, and finds the job, or creates it; of several launchers at the same time one creates it, and the others
find it. What is uploaded before is named by its content, and overwrites nothing of another job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gtctl import aws
from gtctl.errors import BadInput, Refused
from gtctl.jobs import follow
from gtctl.jobs.check import require_launchable
from gtctl.jobs.dataset import Dataset
from gtctl.jobs.gate import Passage
from gtctl.jobs.launch_record import PartOf, Record, launch_tags, make_record
from gtctl.jobs.render import DIGEST_TAG, Rendered, launch_digest, uploads
from gtctl.jobs.rules import region_of
from gtctl.jobs.tags import LAUNCH_TAGS, MANIFEST_TAG, MAX_TAGS, RECORD_TAG, own_tags, tags_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient


def job_region(rendered: Rendered) -> str:
    """The Region that a job runs in: its workteam's."""
    return region_of(rendered.request["HumanTaskConfig"]["WorkteamArn"]) or ""


@dataclass(frozen=True, slots=True)
class Launch:
    """One job that is to exist.

    rendered: without the tags that a launch sets, but for its digest. manifest: the bytes of its part of a manifest,
    which must be uploaded first; None where the manifest lies in S3 already.
    """

    rendered: Rendered
    dataset: Dataset
    part: PartOf | None = None
    manifest: IO[bytes] | None = None

    @property
    def name(self) -> str:
        return str(self.rendered.request["LabelingJobName"])

    @property
    def region(self) -> str:
        return job_region(self.rendered)


@dataclass(frozen=True, slots=True)
class LaunchedJob:
    """A job that exists now."""

    name: str
    arn: str
    region: str
    already_there: bool
    """Whether another launch of the same job had created it."""


def find_launched(launch: Launch) -> LaunchedJob | None:
    """The job that an earlier launch of the same spec and manifest has created; None where the name is free.

    Raises Refused where the name belongs to another job, and botocore's errors.
    """
    sagemaker: SageMakerClient = aws.client("sagemaker", launch.region)
    existing = follow.find(sagemaker, launch.name)
    if existing is None:
        return None
    _require_same(existing, launch)
    return LaunchedJob(launch.name, existing["LabelingJobArn"], launch.region, already_there=True)


def start(launch: Launch, passage: Passage, *, accept_unknown: bool = False) -> LaunchedJob:
    """Launch the job in its workteam's Region; launched before from the same spec and manifest, do nothing.

    ``passage`` is what the gate saw; where it stays closed nothing is uploaded. All files are encrypted with the output
    key. Raises Refused and BadInput as gtctl.jobs.check does, Refused where the gate is closed or the name belongs to
    another job, and botocore's errors.
    """
    require_launchable(launch.rendered)
    passage.require(accept_unknown=accept_unknown)
    if already := find_launched(launch):
        return already
    record = make_record(launch.rendered, launch.dataset, passage, launch.part, accept_unknown)
    tags = launch_tags(launch.rendered, launch.dataset, passage, launch.part, record)
    request: Any = launch.rendered.request | {"Tags": _within_limit([*own_tags(launch.rendered.request), *tags])}

    _upload(launch, record)
    sagemaker: SageMakerClient = aws.client("sagemaker", launch.region)
    try:
        arn = sagemaker.create_labeling_job(**request)["LabelingJobArn"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceInUse":
            raise
        # Somebody was faster, or an answer got lost on the way and the call was sent again.
        existing = follow.find(sagemaker, launch.name)
        if existing is None:
            raise Refused(
                f"the name {launch.name} is in use (names differ by more than case); choose another"
            ) from error
        _require_same(existing, launch)
        ours = tags_of(existing).get(RECORD_TAG) == record.sha256
        return LaunchedJob(launch.name, existing["LabelingJobArn"], launch.region, already_there=not ours)
    return LaunchedJob(launch.name, arn, launch.region, already_there=False)


def _require_same(existing: Mapping[str, Any], launch: Launch) -> None:
    theirs = tags_of(existing)
    wanted = {DIGEST_TAG: launch_digest(launch.rendered), MANIFEST_TAG: launch.dataset.sha256}
    if all(theirs.get(tag) == value for tag, value in wanted.items()):
        return
    if DIGEST_TAG not in theirs:
        origin = "was not launched by gtctl"
    elif theirs[DIGEST_TAG] == wanted[DIGEST_TAG]:
        origin = "was launched when the manifest had another content"
    else:
        origin = "was launched from another spec, manifest or template"
    name = existing["LabelingJobName"]
    raise Refused(
        f"a job {name} exists already ({existing['LabelingJobStatus']}) and {origin}: "
        f"give this one another name, or see: gtctl job status {name}"
    )


def _within_limit(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    if len(tags) > MAX_TAGS:
        own = len(tags) - sum(1 for tag in tags if tag["Key"] in LAUNCH_TAGS)
        raise BadInput(f"tags: the job has {own} and a launch adds {len(tags) - own}; a job takes {MAX_TAGS}")
    return tags


def _upload(launch: Launch, record: Record) -> None:
    """Put the job's files where it will look for them, and the record of the launch beside them."""
    s3: S3Client = aws.client("s3", launch.region)
    files: list[tuple[str, bytes | IO[bytes], str]] = [*uploads(launch.rendered)]
    if launch.manifest is not None:
        files.append((launch.dataset.uri, launch.manifest, "application/jsonlines"))
    files.append((record.uri, record.content, "application/json; charset=utf-8"))
    for uri, content, content_type in files:
        place = aws.parse_s3_uri(uri)
        s3.put_object(
            Bucket=place.bucket,
            Key=place.key,
            Body=content,
            ContentType=content_type,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=launch.rendered.request["OutputConfig"]["KmsKeyId"],
        )
