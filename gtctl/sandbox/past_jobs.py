"""Labeling jobs of the past: what an account has after years, in a second.

``POST /_gtctl/past-jobs/<Region>`` takes a JSON list of jobs and answers with their number::

    {"request": {...}, "status": "Completed", "created": 1700000000, "modified": 1700003600, "labeled": 250,
     "failed": 0, "unlabeled": 0}

``request`` is one of CreateLabelingJob, checked against the service's model, and against nothing that may have changed
since: the workteam may be gone, and the public workforce closed. No such job is worked on.
"""

from __future__ import annotations

import random
import re
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Request, Response

from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.ground_truth import built_in_lambda_arn, public_workteam_arn
from gtctl.sandbox.ground_truth import tags
from gtctl.sandbox.ground_truth.errors import ApiError
from gtctl.sandbox.ground_truth.state import Json, LabelingJob, State
from gtctl.sandbox.process import ACCOUNT, Running
from gtctl.service_model import problems, service_message

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PATH = "/_gtctl/past-jobs/"
_ROUTE = re.compile(rf"{PATH}(?P<region>[a-z0-9-]+)")
_DAY = 24 * 3600.0
_VENDOR = "arn:aws:sagemaker:{region}:111122223333:workteam/vendor-crowd/sandbox-vendor"
_OBJECTS = ("chest-ct", "head-mri", "hand-xray", "breast-mammo")


class PastJob(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A job that has ended. created, modified: seconds since 1970. labeled, failed, unlabeled: objects."""

    request: Json
    status: Literal["Completed", "Failed", "Stopped"] = "Completed"
    created: float
    modified: float
    labeled: int = 0
    failed: int = 0
    unlabeled: int = 0


class PastJobs:
    """A WSGI application: takes what ``post`` sends."""

    def __init__(self, state: State) -> None:
        self._state = state

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            route = _ROUTE.fullmatch(request.path)
            if not route or request.method != "POST":
                raise BadRequest(f"Jobs are posted to {PATH}REGION.")
            number = self._take(route["region"], request.get_data())
            response = Response(str(number), mimetype="text/plain")
        except HTTPException as error:
            response = Response(str(error.description), status=error.code, mimetype="text/plain")
        return response(environ, start_response)

    def _take(self, region_name: str, body: bytes) -> int:
        region = self._state.region(region_name)
        try:
            jobs = msgspec.json.decode(body, type=list[PastJob])
            for job in jobs:
                if found := problems("CreateLabelingJob", job.request):
                    raise BadRequest(service_message(found))
            tagged = [tags.from_request(job.request) for job in jobs]
        except msgspec.DecodeError as error:
            raise BadRequest(str(error)) from None
        except ApiError as error:
            raise BadRequest(error.message) from None
        names = [job.request["LabelingJobName"].lower() for job in jobs]
        with region.lock:
            if len(set(names)) < len(names) or region.jobs.keys() & set(names):
                raise BadRequest("Two jobs have the same name.")
            for name, job, job_tags in zip(names, jobs, tagged, strict=True):
                made = region.jobs[name] = _made(job, region.arn("labeling-job", name), region_name)
                region.tags[made.arn] = job_tags
        return len(jobs)


def _made(job: PastJob, arn: str, region: str) -> LabelingJob:
    return LabelingJob(
        name=job.request["LabelingJobName"],
        arn=arn,
        region=region,
        request={key: value for key, value in job.request.items() if key != "Tags"},
        # Opaque, and the same for the same job.
        reference_code=random.Random(arn).randbytes(16).hex(),  # noqa: S311
        created=job.created,
        modified=job.modified,
        status=job.status,
        failure_reason="ClientError: a job of the past" if job.status == "Failed" else None,
        counted={
            "TotalLabeled": job.labeled,
            "HumanLabeled": job.labeled,
            "MachineLabeled": 0,
            "FailedNonRetryableError": job.failed,
            "Unlabeled": job.unlabeled,
        },
    )


def post(sandbox: Running, region: str, jobs: Sequence[PastJob]) -> None:
    """Add ``jobs`` to a running sandbox, all or none. Raises BadInput where one is no job, or its name is taken."""
    url, body = f"{sandbox.endpoint}{PATH}{region}", msgspec.json.encode(jobs)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=120) as answer:  # noqa: S310
            answer.read()
    except urllib.error.HTTPError as error:
        raise BadInput(f"the sandbox takes no such jobs: {error.read(300).decode(errors='replace')}") from None
    except OSError as error:
        raise EnvironmentFailed(f"the sandbox could not be reached: {error}") from None


def history(count: int, seed: int, region: str, now: float) -> Iterator[PastJob]:
    """``count`` jobs of the three years before ``now``, the oldest first; the same seed gives the same jobs.

    Most went to a private team, some of which are gone; a few to the public workforce or a vendor, or without a key.
    Raises BadInput for a Region without Ground Truth's built-in tasks.
    """
    try:
        lambdas = [built_in_lambda_arn(region, name) for name in ("PRE-BoundingBox", "ACS-BoundingBox")]
    except KeyError:
        raise BadInput(f"Ground Truth has no built-in bounding-box task in {region}") from None
    chance = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    span = 3 * 365 * _DAY
    for number in range(count):
        created = now - span + span * number / count
        what = chance.choice(_OBJECTS)
        images = chance.randint(20, 2000)
        request = _request(f"{what}-{seed}-{number:05}", what, _workteam(chance, region), region, lambdas)
        if chance.random() < 0.03:
            del request["OutputConfig"]["KmsKeyId"]
        status = chance.choices(("Completed", "Stopped", "Failed"), (90, 6, 4))[0]
        labeled = {"Completed": images, "Stopped": images // 3}.get(status, 0)
        yield PastJob(
            request=request,
            status=status,  # type: ignore[arg-type] # one of the three above
            created=created,
            modified=min(created + chance.uniform(0.1, 20) * _DAY, now),
            labeled=labeled,
            unlabeled=images - labeled,
        )


def _workteam(chance: random.Random, region: str) -> str:
    kind = chance.choices(("private", "public", "vendor"), (96, 2, 2))[0]
    if kind == "public":
        return public_workteam_arn(region)
    if kind == "vendor":
        return _VENDOR.format(region=region)
    team = chance.choice(("chest", "neuro", "retired"))
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:workteam/private-crowd/{team}"


def _request(name: str, what: str, workteam: str, region: str, lambdas: Sequence[str]) -> dict[str, Any]:
    key = f"arn:aws:kms:{region}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    return {
        "LabelingJobName": name,
        "LabelAttributeName": "boxes",
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://hospital-scans/{what}/{name}.jsonl"}}},
        "OutputConfig": {"S3OutputPath": "s3://hospital-labels/jobs/", "KmsKeyId": key},
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/labeling-execution",
        "LabelCategoryConfigS3Uri": f"s3://hospital-labels/config/{what}.json",
        "HumanTaskConfig": {
            "WorkteamArn": workteam,
            "UiConfig": {"UiTemplateS3Uri": "s3://hospital-labels/config/boxes.liquid"},
            "PreHumanTaskLambdaArn": lambdas[0],
            "TaskTitle": "Find the finding",
            "TaskDescription": "Draw a box around each finding",
            "NumberOfHumanWorkersPerDataObject": 2,
            "TaskTimeLimitInSeconds": 600,
            "AnnotationConsolidationConfig": {"AnnotationConsolidationLambdaArn": lambdas[1]},
        },
        "Tags": [{"Key": "gtctl:classification", "Value": "phi"}],
    }
