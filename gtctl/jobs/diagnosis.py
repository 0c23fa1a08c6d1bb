"""Why a job stands still: from its counters and times, the checks of the preflight, and the service's log.

What the log says is told by kind and number, never in its own words: they may hold presigned addresses and workers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gtctl import aws
from gtctl.audit.evidence.live.reading import NotRead
from gtctl.audit.masking import mask
from gtctl.audit.model import Verdict
from gtctl.audit.settings import Settings
from gtctl.errors import BadInput
from gtctl.jobs import dataset, follow
from gtctl.jobs.job import job_of
from gtctl.jobs.preflight import Scene, run
from gtctl.jobs.preflight.scene import read
from gtctl.jobs.progress import duration
from gtctl.jobs.rules import MAX_AVAILABILITY_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

LOG_GROUP = "/aws/sagemaker/LabelingJobs"
CHECKS = (
    *("PF202", "PF203", "PF204"),
    *("PF301", "PF302", "PF303", "PF304", "PF305", "PF307"),
    *("PF401", "PF402", "PF403", "PF405"),
    *("PF501", "PF502", "PF503", "PF504"),
    *("PF601", "PF602"),
)
"""Those of the preflight that tell why nothing moves."""

_LOG_EVENTS = 1_000
_KINDS = (
    (
        "a key refuses the job's role (KMS)",
        re.compile(r"(?i)kms.*(denied|not authorized|disabled)|(denied|not authorized).*kms"),
    ),
    ("S3 refuses the job's role", re.compile(r"(?i)access ?denied|not authorized|forbidden|\b403\b")),
    ("an image or file is missing", re.compile(r"(?i)no ?such ?key|not found|does not exist|\b404\b")),
    ("an image cannot be shown", re.compile(r"(?i)cors|unsupported|corrupt|cannot (be )?(read|load)")),
    ("the worker's page cannot be made", re.compile(r"(?i)template|liquid|render")),
    ("tasks have expired", re.compile(r"(?i)expired")),
    ("something went wrong", re.compile(r"(?i)error|fail|exception")),
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that may hold the job up, what to do, and the command for it. ``certain``: it surely does."""

    what: str
    fix: str
    command: str
    certain: bool = True

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def unable(error: Exception) -> Cause:
    """What stands in place of the causes where nobody could look for them."""
    return Cause(f"nobody could look: {error}", "look again", "gtctl job status NAME --why", certain=False)


def diagnose(name: str, region: str | None = None, *, now: datetime | None = None) -> list[Cause]:
    """What may hold the job ``name`` up, the most certain first; empty where nothing is to be seen.

    Raises BadInput if there is no such job, EnvironmentFailed without credentials.
    """
    client: SageMakerClient = aws.client("sagemaker", region)
    described = follow.find(client, name)
    if described is None:
        raise BadInput(f"there is no labeling job {name} in {client.meta.region_name}; see: gtctl job list")
    found = list(_counters(described, now or datetime.now(UTC)))
    scene = read(described, _dataset(described, client.meta.region_name), Settings())
    try:
        for _, check, outcome in run(scene, CHECKS):
            if outcome.verdict is not Verdict.PASS:
                what = f"{check.id} {outcome.subject}: {outcome.observed}"
                found.append(Cause(mask(what), outcome.fix, outcome.command, outcome.verdict is Verdict.FAIL))
        found += _log(scene)
    finally:
        scene.reader.close()
    return sorted(found, key=lambda cause: not cause.certain)


def _dataset(described: Mapping[str, Any], region: str) -> dataset.Dataset | None:
    """The manifest, which tells the buckets; None where it cannot be read."""
    uri = described["InputConfig"]["DataSource"].get("S3DataSource", {}).get("ManifestS3Uri")
    try:
        with dataset.fetched(uri, region) as stream:
            return dataset.read(stream, uri, validate=False)
    except (BadInput, BotoCoreError, ClientError):
        return None


def _counters(described: Mapping[str, Any], now: datetime) -> Iterator[Cause]:
    job, name = job_of(described), described["LabelingJobName"]
    age = (now - described["CreationTime"]).total_seconds()
    task = described["HumanTaskConfig"]
    available = task.get("TaskAvailabilityLifetimeInSeconds", MAX_AVAILABILITY_SECONDS)
    if not job.is_final and age > MAX_AVAILABILITY_SECONDS:
        yield Cause(
            f"it runs for {duration(age)}, and jobs fail after 30 days",
            "stop it, which keeps its labels, and launch another for what is left",
            f"gtctl job stop {name}",
        )
    elif not job.is_final and age > available and job.unlabeled:
        yield Cause(
            f"its first tasks expired after {duration(available)}: {job.unlabeled} objects have no label, and may not"
            " be offered any more",
            "launch another job for them, with more time (workers.availability) or more workers",
            f"gtctl job status {name}",
        )
    if job.failed:
        manifest = described["InputConfig"]["DataSource"]["S3DataSource"]["ManifestS3Uri"]
        yield Cause(
            f"{job.failed} objects failed: they could not be read or shown, or their tasks failed",
            "look at the images; at the end the output manifest has the reason for each (failure-reason)",
            f"gtctl manifest validate {manifest} --s3",
        )


def _log(scene: Scene) -> Iterator[Cause]:
    command = f"aws logs tail {LOG_GROUP} --log-stream-name-prefix {scene.name} --region {scene.region}"
    kinds: Counter[str] = Counter()
    seen = 0
    try:
        pages = scene.reader.pages(
            "logs:FilterLogEvents", scene.region, logGroupName=LOG_GROUP, logStreamNamePrefix=scene.name
        )
        for page in pages:
            for event in page["events"]:
                seen += 1
                # A stream's name begins with that of a job, and maybe with that of another, too.
                if event.get("logStreamName", scene.name).partition("/")[0] != scene.name:
                    continue
                if kind := next((kind for kind, pattern in _KINDS if pattern.search(event["message"])), None):
                    kinds[kind] += 1
            if seen >= _LOG_EVENTS:
                break
    except NotRead as reason:
        if "ResourceNotFound" not in str(reason):
            yield Cause(f"the job's log was not read: {reason}", "read it yourself", command, certain=False)
        return
    for kind, number in kinds.most_common():
        yield Cause(f"the log says {number} times: {kind}", "see the log; it may hold addresses of images", command)
